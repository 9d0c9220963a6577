using System.IO.Compression;
using Kindred.Learning.Classification;
using Kindred.Learning.Tables;
using Kindred.Learning.Tests.Anomalies;
using Kindred.Vectors.Files;

namespace Kindred.Learning.Tests.Classification;

public class ClassifierTests
{
    private static readonly string[] Weather = ["rain", "snow", "wind", "cloud", "storm"], Money = ["bank", "loan", "bill", "coin", "price"];

    [Theory]
    [InlineData(ClassifierMethod.Auto, true)]
    [InlineData(ClassifierMethod.Auto, false)]
    [InlineData(ClassifierMethod.Logistic, true)]
    [InlineData(ClassifierMethod.Knn, true)]
    [InlineData(ClassifierMethod.Centroid, true)]
    [InlineData(ClassifierMethod.Words, false)]
    [InlineData(ClassifierMethod.Boosting, true)]
    public void A_saved_classifier_says_what_the_fitted_one_says(ClassifierMethod method, bool vectors)
    {
        var (rows, labels) = Make(80, 1, vectors);
        var fitted = Fit(rows, labels, new ClassifierOptions { Method = method, Encoder = "m\n1" });
        Assert.True(fitted.Validation!["accuracy"] > 0.9);
        var (fresh, due) = Make(40, 2, vectors);
        var said = fitted.Predict(fresh);
        Assert.True(fitted.Report(said, [.. due.Select(d => new[] { d })])["accuracy"] > 0.9);
        string path = Path.GetTempFileName();
        try
        {
            fitted.Save(path);
            var opened = Classifier.Open(path);
            Assert.Equal(("m\n1", "geld 💶", "wetter"), (opened.Encoder, opened.Labels[0], opened.Labels[1]));
            foreach (var (a, b) in said.Zip(opened.Predict(fresh)))
            {
                Assert.Equal(a.Label, b.Label);
                Assert.Equal(a.Score, b.Score, 1e-6);
                Assert.Equal(1, b.Probabilities.Sum(), 1e-5);
            }

            var why = opened.Explain(fresh, 3, [.. said.Select(s => s.Labels)]);
            Assert.All(why.Zip(said), pair => Assert.All(pair.First, e => Assert.Equal(pair.Second.Label, Assert.Single(e.Labels))));
            Assert.All(why, w => Assert.Equal(w.OrderByDescending(e => e.Score).Select(e => e.Row), w.Select(e => e.Row)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Rings_far_from_zero_are_told_apart()
    {
        var random = new Random(7);
        string[] labels = [.. Enumerable.Range(0, 900).Select(i => i % 2 == 0 ? "inner" : "outer")];
        var rows = labels.Select(label =>
        {
            double angle = random.NextDouble() * 2 * Math.PI, radius = (label == "inner" ? 1 : 1.6) + (0.1 * (random.NextDouble() - 0.5));
            return new ReadOnlyMemory<float>([(float)(100 + (radius * Math.Cos(angle))), (float)(100 + (radius * Math.Sin(angle))), .. Enumerable.Repeat(100f, 6)]);
        });
        Assert.InRange(Fit(new Samples(null, [.. rows]), labels).Validation!["accuracy"], 0.99, 1);
    }

    [Fact]
    public void What_only_the_layers_tell_is_learnt_and_kept()
    {
        var random = new Random(5);
        var (rows, labels) = Hidden(400);
        var classifier = Fit(rows, labels);
        Assert.Contains("layers", classifier.Weights.Select(w => w.View));
        Assert.Equal(12, classifier.LayerDimensions);
        var (fresh, due) = Hidden(200);
        var said = classifier.Predict(fresh);
        Assert.True(classifier.Report(said, [.. due.Select(d => new[] { d })])["accuracy"] > 0.95);
        Assert.Equal(12, AssertReopened(classifier, fresh, said).LayerDimensions);

        Assert.Contains("layers", Assert.Throws<ArgumentException>(() => classifier.Predict(fresh with { Layers = null })).Message, StringComparison.Ordinal);
        Assert.Contains("12", Assert.Throws<ArgumentException>(() => classifier.Predict(fresh with { Layers = [.. fresh.Layers!.Select(l => l[..5])] })).Message, StringComparison.Ordinal);
        Assert.Contains("3 layers of 200 rows", Assert.Throws<ArgumentException>(() => classifier.Predict(fresh with { Layers = [.. fresh.Layers!.Take(3)] })).Message, StringComparison.Ordinal);
        Assert.Contains("Row 0", Assert.Throws<ArgumentException>(() => Fit(rows with { Layers = [.. rows.Layers!.Select(_ => new float[] { float.NaN })] }, labels)).Message, StringComparison.Ordinal);

        (Samples, string[]) Hidden(int count)
        {
            string[] labels = [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? "calm" : "angry")];
            return (new Samples(null, [.. labels.Select(_ => Noise(8, 0))]) { Layers = [.. labels.Select(l => Noise(12, l == "calm" ? 2 : -2))] }, labels);
        }

        ReadOnlyMemory<float> Noise(int width, float mean) => Enumerable.Range(0, width).Select(d => (float)(random.NextDouble() - 0.5) + (d == 3 ? mean / 4 : 0)).ToArray();
    }

    [Fact]
    public void How_texts_are_written_is_learnt_where_their_words_tell_nothing()
    {
        var random = new Random(5);
        var (rows, labels) = Written(300);
        var classifier = Fit(rows, labels);
        Assert.Contains("style", classifier.Weights.Select(w => w.View));
        var (fresh, due) = Written(200);
        var said = classifier.Predict(fresh);
        Assert.True(classifier.Report(said, [.. due.Select(d => new[] { d })])["accuracy"] > 0.97);
        AssertReopened(classifier, fresh, said);

        // the same words, shouted or not
        (Samples, string[]) Written(int count)
        {
            string[] labels = [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? "calm" : "loud")];
            return (new Samples([.. labels.Select(l => string.Join(' ', Enumerable.Range(0, 6).Select(_ => Word(l))))], null), labels);
        }

        string Word(string label)
        {
            string word = $"word{(char)('a' + random.Next(20))}";
            return label == "loud" && random.Next(2) == 0 ? word.ToUpperInvariant() : word;
        }
    }

    [Fact]
    public void What_the_sum_of_the_layers_tells_by_distance_is_learnt_and_kept()
    {
        var random = new Random(11);
        var (rows, labels) = Rings(400);
        var classifier = Fit(rows, labels);
        Assert.Contains("layers-kernel", classifier.Weights.Select(w => w.View));
        Assert.Equal(16, classifier.LayerDimensions);
        var (fresh, due) = Rings(200);
        var said = classifier.Predict(fresh);
        Assert.True(classifier.Report(said, [.. due.Select(d => new[] { d })])["accuracy"] > 0.95);
        AssertReopened(classifier, fresh, said);

        // two layers whose sum lies on one of two rings, each by itself far off it
        (Samples, string[]) Rings(int count)
        {
            string[] labels = [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? "inner" : "outer")];
            return (new Samples(null, [.. labels.Select(_ => new ReadOnlyMemory<float>(Noise()))]) { Layers = [.. labels.Select(Layers)] }, labels);
        }

        ReadOnlyMemory<float> Layers(string label)
        {
            double angle = random.NextDouble() * 2 * Math.PI, radius = label == "inner" ? 1 : 2;
            float[] sum = [(float)(radius * Math.Cos(angle)), (float)(radius * Math.Sin(angle)), 0, 0, 0, 0, 0, 0], apart = Noise();
            return (float[])[.. sum.Zip(apart, (s, a) => (s / 2) + (4 * a)), .. sum.Zip(apart, (s, a) => (s / 2) - (4 * a))];
        }

        float[] Noise() => [.. Enumerable.Range(0, 8).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    [Fact]
    public void An_encoder_that_is_tuned_stands_alone_where_unseen_rows_say_so()
    {
        // words and plain vectors tell nothing, the tuned ones nearly all
        var random = new Random(5);
        var kinds = new Dictionary<string, string>(StringComparer.Ordinal);
        string[] labels = [.. Enumerable.Range(0, 120).Select(i => $"kind {i % 6}"), "elsewhere", "elsewhere"];
        string[] texts = [.. labels.Select(Text)];
        var asked = new List<(int Learnt, int Classes, int Encoded)>();
        int kept = 0;
        var rows = new Samples(texts, [.. texts.Select(_ => Noise(8, -1))]);
        var options = new ClassifierOptions { Tune = Tune, OutsideLabel = "elsewhere" };
        var classifier = Classifier.Fit(rows, labels, options, cancel: TestContext.Current.CancellationToken);
        Assert.Equal([1f], classifier.Weights.Where(w => w.View == "tuned").Select(w => w.Weight > 0 ? 1f : 0));
        Assert.All(classifier.Weights, w => Assert.Equal(w.View == "tuned", w.Weight > 0));
        Assert.True(classifier.Validation!["in-scope-accuracy"] > 0.95);

        // three times for rows it has not seen, then for all; what is outside is no class
        Assert.Equal([122, 122, 122, 122], asked.Select(a => a.Encoded));
        Assert.Equal(122, asked[^1].Learnt);
        Assert.Equal(244, asked.Take(3).Sum(a => a.Learnt));
        Assert.Equal(8, asked[^1].Classes);
        Assert.Equal(1, kept);

        string path = Path.GetTempFileName();
        classifier.Save(path);
        var opened = Classifier.Open(path);
        Assert.Equal([9, 8, 7], opened.Tuning.ToArray());
        string[] fresh = [.. Enumerable.Range(0, 60).Select(i => Text($"kind {i % 6}"))];
        var read = new Samples(fresh, [.. fresh.Select(_ => Noise(8, -1))]) { Tuned = [.. fresh.Select(Tuned)] };
        var said = opened.Predict(read);
        Assert.InRange(fresh.Zip(said).Count(p => kinds[p.First] == p.Second.Label), 55, 60);   // every twentieth may look like none
        foreach (var (a, b) in said.Zip(classifier.Predict(read))) Assert.Equal(a.Probabilities, b.Probabilities);
        File.Delete(path);

        Assert.Contains("as it was tuned", Assert.Throws<ArgumentException>(() => opened.Predict(read with { Tuned = null })).Message, StringComparison.Ordinal);
        Assert.Contains("those of the classifier 8", Assert.Throws<ArgumentException>(() => opened.Predict(read with { Tuned = [.. read.Tuned!.Select(t => t[..5])] })).Message, StringComparison.Ordinal);
        Assert.Contains("3 tuned vectors of 60 rows", Assert.Throws<ArgumentException>(() => opened.Predict(read with { Tuned = [.. read.Tuned!.Take(3)] })).Message, StringComparison.Ordinal);

        TunedVectors Tune(IReadOnlyList<string> learnt, IReadOnlyList<int> classes, IReadOnlyList<string> encoded, CancellationToken cancel)
        {
            Assert.Equal(6 + learnt.Count(t => kinds[t] == "elsewhere"), classes.Distinct().Count());
            asked.Add((learnt.Count, classes.Distinct().Count(), encoded.Count));
            return new TunedVectors([.. encoded.Select(Tuned)], () =>
            {
                kept++;
                return new byte[] { 9, 8, 7 };
            });
        }

        string Text(string kind)
        {
            string text = string.Concat(Enumerable.Range(0, 8).Select(_ => (char)('a' + random.Next(26))));
            kinds[text] = kind;
            return text;
        }

        ReadOnlyMemory<float> Tuned(string text) => Noise(8, kinds[text] == "elsewhere" ? -1 : kinds[text][5] - '0');

        ReadOnlyMemory<float> Noise(int width, int high) => Enumerable.Range(0, width).Select(d => (float)(random.NextDouble() - 0.5) + (d == high ? 2 : 0)).ToArray();
    }

    [Theory]
    [InlineData(120, 6, false)]
    [InlineData(90, 6, true)]
    [InlineData(120, 2, true)]
    public void An_encoder_is_tuned_to_few_rows_a_class_and_kept_where_it_helps(int count, int kinds, bool unasked)
    {
        var random = new Random(5);
        string[] labels = [.. Enumerable.Range(0, count).Select(i => $"kind {i % kinds}")];
        bool asked = false;
        var rows = new Samples([.. labels.Select(l => l)], [.. labels.Select(l => Noise(l[5] - '0'))]);
        var classifier = Classifier.Fit(rows, labels, new ClassifierOptions { Tune = Tune }, cancel: TestContext.Current.CancellationToken);
        Assert.NotEqual(unasked, asked);
        Assert.DoesNotContain("tuned", classifier.Weights.Select(w => w.View));
        Assert.True(classifier.Tuning.IsEmpty);

        TunedVectors Tune(IReadOnlyList<string> learnt, IReadOnlyList<int> classes, IReadOnlyList<string> encoded, CancellationToken cancel)
        {
            asked = true;
            return new TunedVectors([.. encoded.Select(_ => Noise(-1))], () => throw new InvalidOperationException());
        }

        ReadOnlyMemory<float> Noise(int high) => Enumerable.Range(0, 8).Select(d => (float)(random.NextDouble() - 0.5) + (d == high ? 2 : 0)).ToArray();
    }

    [Fact]
    public void The_same_rows_give_the_same_file()
    {
        var (rows, labels) = Make(60, 1, vectors: true);
        string a = Path.GetTempFileName(), b = Path.GetTempFileName();
        Fit(rows, labels).Save(a);
        Fit(rows, labels).Save(b);
        Assert.Equal(File.ReadAllBytes(a), File.ReadAllBytes(b));
        File.Delete(a);
        File.Delete(b);
    }

    [Fact]
    public void Real_messages_are_told_apart_as_well_as_promised()
    {
        string[][] rows = AnomalyData.Shared("sms-spam/train.tsv.gz").Rows[..2000];
        string[][] learn = [.. rows.Where((_, i) => i % 2 == 0)], measure = [.. rows.Where((_, i) => i % 2 == 1)];
        var classifier = Classifier.Fit(new Samples([.. learn.Select(r => r[1])], null), [.. learn.Select(r => r[0])], cancel: TestContext.Current.CancellationToken);
        var report = classifier.Report(classifier.Predict(new Samples([.. measure.Select(r => r[1])], null)), [.. measure.Select(r => new[] { r[0] })]);

        // scikit-learn's linear SVM on TF-IDF of characters has 0.9357 on these rows
        Assert.InRange(report["f1:spam"], 0.9357, 1);
        Assert.InRange(report["ece"], 0, 0.03);
        Assert.Equal(report["accuracy"], classifier.Validation!["accuracy"], 0.015);
    }

    [Fact]
    public void What_looks_like_no_class_is_outside()
    {
        var (rows, labels) = Make(120, 1, vectors: true);
        var (odd, _) = Odd(60, 3);
        var all = new Samples(null, [.. rows.Vectors!, .. odd.Vectors!.Take(30)]);
        var fitted = Fit(all, [.. labels, .. Enumerable.Repeat("other", 30)], new ClassifierOptions { OutsideLabel = "other" });
        var (fresh, due) = Make(100, 2, vectors: true);
        var unseen = new Samples(null, [.. fresh.Vectors!, .. odd.Vectors!.Skip(30)]);
        var report = fitted.Report(fitted.Predict(unseen), [.. due.Select(d => new[] { d }), .. Enumerable.Repeat(new[] { "other" }, 30)]);
        Assert.True(report["outside-recall"] > 0.8, $"{report["outside-recall"]}");
        Assert.InRange(report["in-scope-kept"], 0.85, 1);
        Assert.True(report["in-scope-accuracy"] > 0.95);

        // no row outside was seen: what is far from all classes is outside all the same
        var closed = Fit(new Samples(null, rows.Vectors), labels, new ClassifierOptions { OutsideLabel = "other" });
        Assert.True(closed.Predict(odd).Count(p => p.Label == "other") > 40);
        Assert.InRange(closed.Predict(fresh).Count(p => p.Label == "other"), 0, 15);
    }

    [Fact]
    public void Several_labels_a_row()
    {
        var random = new Random(4);
        var texts = new List<string>();
        var labels = new List<string[]>();
        for (int i = 0; i < 150; i++)
        {
            List<string> words = ["the", "a"], own = [];
            if (i % 3 != 0)
            {
                own.Add("wetter");
                words.AddRange([Weather[random.Next(5)], Weather[random.Next(5)]]);
            }

            if (i % 2 == 0)
            {
                own.Add("geld");
                words.AddRange([Money[random.Next(5)], Money[random.Next(5)]]);
            }

            texts.Add(string.Join(' ', words));
            labels.Add([.. own]);
        }

        var fitted = Classifier.FitSeveral(new Samples(texts, null), labels, cancel: TestContext.Current.CancellationToken);
        var said = fitted.Predict(new Samples(["snow and a loan", "wind wind", "the a"], null));
        Assert.Equal(["geld", "wetter"], said[0].Labels.Order());
        Assert.Equal(["wetter"], said[1].Labels);
        Assert.Empty(said[2].Labels);
        Assert.True(fitted.Validation!["micro-f1"] > 0.95);
    }

    [Fact]
    public void Few_rows_with_several_labels_get_their_own_labels_and_not_a_half_for_all()
    {
        string[] texts = ["snow and wind today", "bank loan rates", "rain and a bank holiday", "stock prices fall", "sunny morning", "hello there"];
        string[][] labels = [["weather"], ["money"], ["weather", "money"], ["money"], ["weather"], []];
        var fitted = Classifier.FitSeveral(new Samples(texts, null), labels, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(labels.Select(l => l.Order()), fitted.Predict(new Samples(texts, null)).Select(p => p.Labels.Order()));
    }

    [Fact]
    public void Of_several_labels_with_a_row_each_the_nearest_is_said_and_of_rows_without_a_label_none()
    {
        string[] texts = ["snow and wind today", "bank loan rates", "the printer jams"];
        string[][] labels = [["weather"], ["money"], ["office"]];
        var options = new ClassifierOptions { Method = ClassifierMethod.Words };
        var fitted = Classifier.FitSeveral(new Samples(texts, null), labels, options, cancel: TestContext.Current.CancellationToken);
        Assert.True(fitted.NearestOnly);
        Assert.Null(fitted.Validation);
        Assert.Equal(["weather", "money", "office"], fitted.Predict(new Samples(["wind and more wind", "a loan", "which printer"], null)).Select(p => Assert.Single(p.Labels)));

        // a row without any says what no is
        Assert.False(Classifier.FitSeveral(new Samples([.. texts, "good day"], null), [.. labels, []], options, cancel: TestContext.Current.CancellationToken).NearestOnly);
    }

    [Fact]
    public void Where_no_label_has_two_rows_nothing_is_measured_and_all_views_count_alike()
    {
        var rows = new Samples(["snow and wind today", "bank loan rates", "the printer jams"], null);
        var fitted = Fit(rows, ["weather", "money", "office"]);
        Assert.Null(fitted.Validation);
        Assert.Equal(["terms", "bayes"], fitted.Weights.Select(w => w.View));
        Assert.Equal(["weather", "money", "office"], fitted.Predict(rows).Select(p => p.Label));
        Assert.NotNull(Fit(new Samples([.. rows.Texts!, "a storm with snow"], null), ["weather", "money", "office", "weather"]).Validation);
    }

    [Fact]
    public void What_to_label_next_is_unsure_and_not_twice_the_same()
    {
        var (rows, labels) = Make(60, 1, vectors: true);
        var fitted = Fit(new Samples(null, rows.Vectors), labels);
        float[] between = Unit(1, 1, 0.3f), twin = Unit(1, 1, 0.31f), other = Unit(1, 1.02f, -0.8f), clear = Unit(3, 0, 0);
        var next = fitted.Next(new Samples(null, [clear, between, twin, other]), 2);
        Assert.Equal(2, next.Count);
        Assert.Contains(next[0].Row, (int[])[1, 2, 3]);
        Assert.True(next.Count(n => n.Row is 1 or 2) == 1, "of two that are alike one is enough");
        Assert.Contains(3, next.Select(n => n.Row));
    }

    [Fact]
    public void A_table_of_numbers_and_names_is_learnt()
    {
        var random = new Random(6);
        List<string[]> cells = [];
        List<string> labels = [];
        for (int i = 0; i < 800; i++)
        {
            double speed = 1000 + (random.NextDouble() * 1000), torque = 20 + (random.NextDouble() * 40);
            string kind = random.Next(2) == 0 ? "mill" : "lathe";
            cells.Add([speed.ToString(System.Globalization.CultureInfo.InvariantCulture), torque.ToString(System.Globalization.CultureInfo.InvariantCulture), kind, i % 10 == 0 ? "" : "x"]);
            labels.Add(speed * torque > 60_000 && kind == "mill" ? "fails" : "works");
        }

        var table = TableEncoder.Fit(["speed", "torque", "kind", "note"], cells);
        var rows = new Samples(null, [.. cells.Select(c => new ReadOnlyMemory<float>(table.Encode(c)))]);
        var fitted = Fit(rows, labels, new ClassifierOptions { Table = table });
        Assert.Contains(fitted.Weights, w => w.View == "pairs" && w.Weight > 0);
        Assert.True(fitted.Validation!["roc-auc"] > 0.995, $"{fitted.Validation["roc-auc"]}");
        string path = Path.GetTempFileName();
        fitted.Save(path);
        var opened = Classifier.Open(path);
        Assert.Equal(table.Columns.Select(c => c.Name), opened.Table!.Columns.Select(c => c.Name));
        Assert.Equal(fitted.Predict(rows).Select(p => p.Label), opened.Predict(rows).Select(p => p.Label));
        File.Delete(path);
    }

    [Fact]
    public void What_cannot_be_learnt_is_said()
    {
        var (rows, labels) = Make(20, 1, vectors: true);
        Says("two are wanted", () => Fit(rows, [.. labels.Select(_ => "one")]));
        Says("20 rows and 19 labels", () => Fit(rows, labels[1..]));
        Says("empty label", () => Fit(rows, ["", .. labels[1..]]));
        Says("20000 can be learnt", () => Fit(new Samples([.. Enumerable.Repeat("x", 20_001)], null), [.. Enumerable.Range(0, 20_001).Select(i => $"{i}")]));
        Says("Row 3", () => Fit(new Samples(null, [.. rows.Vectors!.Take(3), new float[] { 1, float.NaN, 0 }, .. rows.Vectors!.Skip(4)]), labels));
        Says("no texts", () => Fit(new Samples(null, rows.Vectors), labels, new ClassifierOptions { Method = ClassifierMethod.Words }));
        Says("reads vectors", () => Fit(new Samples(rows.Texts, null), labels, new ClassifierOptions { Method = ClassifierMethod.Knn }));
        var fitted = Fit(rows, labels, new ClassifierOptions { KeepRows = false });
        Says("there are none", () => fitted.Predict(new Samples(rows.Texts, null)));
        Says("2 components", () => fitted.Predict(new Samples(["x"], [new float[] { 1, 2 }])));
        Assert.Throws<InvalidOperationException>(() => fitted.Explain(rows, 1));
        Assert.Empty(fitted.Predict(new Samples([], [])));

        static void Says(string what, Action act) => Assert.Contains(what, Assert.Throws<ArgumentException>(act).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Few_and_odd_rows_are_learnt_without_a_crash()
    {
        // one row of each, equal rows, a constant column, empty texts
        foreach (var (texts, labels) in ((string[], string[])[])[(["a", "b"], ["x", "y"]), (["a", "a", "a"], ["x", "y", "x"]), (["", " ", "c"], ["x", "y", "z"]), (["a", "b", "c"], ["x", "y", "y"])])
        {
            var fitted = Fit(new Samples(texts, [.. texts.Select(t => new ReadOnlyMemory<float>([t.Length, 1, t == "a" ? 1 : 0]))]), labels);
            Assert.All(fitted.Predict(new Samples(texts, [.. texts.Select(_ => new ReadOnlyMemory<float>([0, 0, 0]))])), p => Assert.InRange(p.Score, 0, 1));
        }
    }

    [Fact]
    public void Any_cut_or_change_of_a_file_is_an_error_that_names_it()
    {
        var (rows, labels) = Make(30, 1, vectors: true);
        string path = Path.GetTempFileName();
        Fit(rows, labels).Save(path);
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(3);
        for (int trial = 0; trial < 150; trial++)
        {
            byte[] wrong = trial % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (trial % 2 == 1) wrong[random.Next(wrong.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, wrong);
            Assert.Throws<VectorFileException>(() => Classifier.Open(path));
        }

        // a file of the right form whose checksum holds, but which leads nowhere
        SafetensorsFile.Write(path, new Dictionary<string, string> { ["format"] = "kindred.classifier", ["version"] = "1", ["model"] = "{\"several\":false}" }, []);
        Assert.Throws<VectorFileException>(() => Classifier.Open(path));
        SafetensorsFile.Write(path, new Dictionary<string, string> { ["format"] = "kindred.detector" }, []);
        Assert.Contains("this is a detector, not a classifier", Assert.Throws<VectorFileException>(() => Classifier.Open(path)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_real_questions_like_those_it_learnt_from_95_of_100_are_kept(bool outsideRows)
    {
        using var file = new StreamReader(new GZipStream(File.OpenRead(SharedFolder.At("data", "clinc150", "train.tsv.gz")), CompressionMode.Decompress));
        var all = file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Split('\t')).ToArray();
        string[] intents = [.. all.Select(r => r[0]).Where(l => l != "oos").Distinct().Take(20)];
        var rows = all.Where(r => intents.Contains(r[0])).ToArray();
        new Random(1).Shuffle(rows);
        string[][] held = rows[..600], learnt = [.. rows[600..], .. all.Where(r => outsideRows && r[0] == "oos")];
        var fitted = Fit(new Samples([.. learnt.Select(r => r[1])], null), [.. learnt.Select(r => r[0])], new ClassifierOptions { OutsideLabel = "oos" });
        var report = fitted.Report(fitted.Predict(new Samples([.. held.Select(r => r[1])], null)), [.. held.Select(r => new[] { r[0] })]);
        Assert.InRange(report["in-scope-kept"], 0.93, 0.97);
    }

    private static Classifier Fit(Samples rows, IReadOnlyList<string> labels, ClassifierOptions? options = null) => Classifier.Fit(rows, labels, options, cancel: TestContext.Current.CancellationToken);

    private static (Samples Rows, string[] Labels) Make(int count, int seed, bool vectors)
    {
        var random = new Random(seed);
        string[] labels = [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? "wetter" : "geld 💶")];
        string[] texts = [.. labels.Select(l => string.Join(' ', Enumerable.Range(0, 4).Select(_ => (l == "wetter" ? Weather : Money)[random.Next(5)])) + " today")];
        var rows = labels.Select(l => new ReadOnlyMemory<float>(Unit((l == "wetter" ? 1.5f : 0) + Noise(), (l == "wetter" ? 0 : 1.5f) + Noise(), Noise()))).ToArray();
        return (new Samples(texts, vectors ? rows : null), labels);

        float Noise() => (random.NextSingle() - 0.5f) * 0.8f;
    }

    private static (Samples Rows, string[] Labels) Odd(int count, int seed)
    {
        var random = new Random(seed);
        return (new Samples(null, [.. Enumerable.Range(0, count).Select(_ => new ReadOnlyMemory<float>(Unit(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, -1.5f)))]), [.. Enumerable.Repeat("other", count)]);
    }

    /// <summary>What a file of it says is what it said itself.</summary>
    private static Classifier AssertReopened(Classifier classifier, Samples rows, IReadOnlyList<Prediction> said)
    {
        string path = Path.GetTempFileName();
        classifier.Save(path);
        var opened = Classifier.Open(path);
        File.Delete(path);
        foreach (var (a, b) in said.Zip(opened.Predict(rows))) Assert.Equal((a.Label, Math.Round(a.Score, 5)), (b.Label, Math.Round(b.Score, 5)));
        return opened;
    }

    private static float[] Unit(float x, float y, float z)
    {
        float length = MathF.Sqrt((x * x) + (y * y) + (z * z));
        return [x / length, y / length, z / length];
    }
}
