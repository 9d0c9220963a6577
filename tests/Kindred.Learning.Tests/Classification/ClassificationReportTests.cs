using Kindred.Learning.Classification;

namespace Kindred.Learning.Tests.Classification;

public class ClassificationReportTests
{
    [Fact]
    public void Measures_are_those_worked_out_by_hand()
    {
        // due: a a a b b; given: a a b b a
        Prediction[] said = [Of("a", 0.9f), Of("a", 0.8f), Of("b", 0.4f), Of("b", 0.3f), Of("a", 0.6f)];
        var report = ClassificationReport.Create(["a", "b"], "", false, said, [["a"], ["a"], ["a"], ["b"], ["b"]]);
        Assert.Equal(3.0 / 5, report["accuracy"], 1e-9);
        Assert.Equal(2.0 / 3, report["precision:a"], 1e-9);
        Assert.Equal(2.0 / 3, report["recall:a"], 1e-9);
        Assert.Equal(0.5, report["f1:b"], 1e-9);
        Assert.Equal(((2.0 / 3) + 0.5) / 2, report["macro-f1"], 1e-9);
        Assert.Equal(((2.0 / 3) + (1.0 / 2)) / 2, report["balanced-accuracy"], 1e-9);
        // squared distances of (p, 1 - p) to the truth, both sides alike: 2 · (0.01 + 0.04 + 0.36 + 0.09 + 0.36) / 5
        Assert.Equal(2 * 0.86 / 5, report["brier"], 1e-6);
        // of the 6 pairs of an a and a b, a is ranked above in (0.9, 0.3) (0.9, 0.6) (0.8, 0.3) (0.8, 0.6) (0.4, 0.3)
        Assert.Equal(5.0 / 6, report["roc-auc"], 1e-9);
        Assert.Equal([[2, 1], [1, 1]], report.Confusion);

        static Prediction Of(string label, float a) => new([label], Math.Max(a, 1 - a), [a, 1 - a], double.NaN);
    }

    [Fact]
    public void Sure_and_right_is_calibrated_sure_and_wrong_is_not()
    {
        Prediction[] said = [.. Enumerable.Range(0, 10).Select(_ => new Prediction(["a"], 0.8, [0.8f, 0.2f], double.NaN))];
        double good = ClassificationReport.Create(["a", "b"], "", false, said, [.. Enumerable.Range(0, 10).Select(i => new[] { i < 8 ? "a" : "b" })])["ece"];
        double bad = ClassificationReport.Create(["a", "b"], "", false, said, [.. Enumerable.Range(0, 10).Select(i => new[] { i < 1 ? "a" : "b" })])["ece"];
        Assert.Equal(0, good, 1e-6);
        Assert.Equal(0.7, bad, 1e-6);
    }

    [Fact]
    public void Outside_rows_count_apart()
    {
        Prediction[] said =
        [
            new(["a"], 1, [0.9f, 0.1f], -1), new(["b"], 1, [0.1f, 0.9f], -2), new(["none"], 1, [0.6f, 0.4f], 1), new(["none"], 1, [0.5f, 0.5f], 2), new(["a"], 1, [0.7f, 0.3f], -0.5),
        ];
        var report = ClassificationReport.Create(["a", "b"], "none", false, said, [["a"], ["b"], ["a"], ["none"], ["none"]]);
        Assert.Equal(1, report["in-scope-accuracy"]);
        Assert.Equal(2.0 / 3, report["in-scope-kept"], 1e-9);
        Assert.Equal(0.5, report["outside-recall"]);
        // above -2, -1, 1 lie in turn: 2 outranks three, -0.5 two, of six
        Assert.Equal(5.0 / 6, report["outside-roc-auc"], 1e-9);
    }

    [Fact]
    public void Equal_scores_count_half() => Assert.Equal(0.5, RocCurve.Area([1, 1], [1]));
}
