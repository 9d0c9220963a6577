namespace Kindred.Learning.Classification;

/// <summary>Logistic regression on the vectors or on the encoder's layers, C by cross-validation.</summary>
internal sealed class LogisticView(string kind, LogisticRegression model) : View
{
    public const string Kind = "logistic", OnLayers = "layers";

    /// <summary>Weighed with others, the last digits of a minimum do not matter.</summary>
    private const double Rough = 2e-4;

    public override string Name => kind;

    public static LogisticView Fit(string kind, Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold, CancellationToken cancel)
    {
        // from small C to large each begins where the one before ended; the folds begin anew, for a start that has seen a row is not blind to it
        LogisticRegression? last = null;
        double c = Choose(rows, targets, folds, [1, 10, 100], (part, answers, setting) => new LogisticView(kind, last = LogisticRegression.Fit(Of(kind, part), answers, setting, last, cancel, Rough)));
        return CrossFit(rows, targets, folds, (part, answers) => new LogisticView(kind, LogisticRegression.Fit(Of(kind, part), answers, c, null, cancel, Rough)), out outOfFold);
    }

    public override DenseRows Score(Prepared rows) => model.Score(Of(kind, rows));

    public override void Save(ModelWriter writer) => writer.Add($"{kind}.weights", model.ToRows());

    public static LogisticView Load(ModelReader reader, string kind, int dimensions, int classes) => new(kind, LogisticRegression.OfRows(reader.Rows($"{kind}.weights", dimensions + 1, classes)));

    private static DenseRows Of(string kind, Prepared rows) => (kind == OnLayers ? rows.Layers : rows.Vectors)!;
}
