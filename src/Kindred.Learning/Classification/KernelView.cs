namespace Kindred.Learning.Classification;

/// <summary>Kernel ridge on the vectors.</summary>
internal sealed class KernelView(KernelRidge model) : View
{
    public const string Kind = "kernel";

    public override string Name => Kind;

    public static KernelView Fit(Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold, CancellationToken cancel)
    {
        var settings = KernelRidge.Choose(rows.Vectors!, targets, cancel);
        var (model, scores) = KernelRidge.Fit(rows.Vectors!, targets, settings, folds, cancel);
        outOfFold = scores;
        return new KernelView(model);
    }

    public override DenseRows Score(Prepared rows) => model.Score(rows.Vectors!);

    public override void Save(ModelWriter writer) => model.Save(writer, Kind);

    public static KernelView Load(ModelReader reader, int dimensions, int classes) => new(KernelRidge.Load(reader, Kind, dimensions, classes));
}
