namespace Kindred.Learning.Classification;

/// <summary>Kernel ridge on the vectors, on the sum of the encoder's last layers (Devlin et al. 2019, section 5.3), which says as much as all of them side by side and is as short as a vector, or on how the texts are written.</summary>
internal sealed class KernelView(string kind, KernelRidge model) : View
{
    public const string Kind = "kernel", OnLayers = "layers-kernel", OnStyle = "style";

    public override string Name => kind;

    public static KernelView Fit(string kind, Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold, CancellationToken cancel)
    {
        var vectors = Of(kind, rows);
        var settings = KernelRidge.Choose(vectors, targets, cancel);
        var (model, scores) = KernelRidge.Fit(vectors, targets, settings, folds, cancel);
        outOfFold = scores;
        return new KernelView(kind, model);
    }

    public override DenseRows Score(Prepared rows) => model.Score(Of(kind, rows));

    public override void Save(ModelWriter writer) => model.Save(writer, kind);

    public static KernelView Load(ModelReader reader, string kind, int dimensions, int classes) => new(kind, KernelRidge.Load(reader, kind, dimensions, classes));

    private static DenseRows Of(string kind, Prepared rows)
    {
        if (kind == OnStyle) return rows.Style!;
        var vectors = rows.Vectors!;
        if (kind != OnLayers) return vectors;
        var sums = new DenseRows(vectors.Count, vectors.Width);
        for (int i = 0; i < sums.Count; i++)
        {
            var sum = sums[i];
            var layers = rows.Layers![i];
            for (int j = 0; j < layers.Length; j++) sum[j % sum.Length] += layers[j];
        }

        return sums;
    }
}
