namespace Kindred.Learning.Classification;

/// <summary>A linear machine on words and characters, or naive Bayes on words.</summary>
internal sealed class TermsView(string kind, SparseLinear model) : View
{
    public const string Hinge = "terms", Bayes = "bayes";

    public override string Name => kind;

    public static TermsView FitHinge(Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold, CancellationToken cancel)
    {
        double c = Choose(rows, targets, folds, [1, 0.2], One);
        return CrossFit(rows, targets, folds, (part, answers) => One(part, answers, c), out outOfFold);

        TermsView One(Prepared part, Targets answers, double setting) => new(Hinge, SparseLinear.FitHinge(part.Terms!, answers, setting, cancel));
    }

    public static TermsView FitBayes(Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold) =>
        CrossFit(rows, targets, folds, (part, answers) => new TermsView(Bayes, SparseLinear.FitBayes(part.Terms!, answers, part.Words)), out outOfFold);

    public override DenseRows Score(Prepared rows) => model.Score(rows.Terms!);

    public override void Save(ModelWriter writer)
    {
        writer.Add($"{kind}.weights", model.Weights);
        writer.Add($"{kind}.offsets", model.Offsets, model.Offsets.Length);
    }

    public static TermsView Load(ModelReader reader, string kind, int width, int classes) =>
        new(kind, new SparseLinear(reader.Rows($"{kind}.weights", width, classes), reader.Singles($"{kind}.offsets", classes)));
}
