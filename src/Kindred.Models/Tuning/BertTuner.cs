namespace Kindred.Models.Tuning;

/// <summary>Holds the place of what tunes a BERT.</summary>
internal static class BertTuner
{
    public static void Tune(BertWeights weights, int[][] ids, int[] classes, IProgress<double>? progress, CancellationToken cancel) => throw new NotSupportedException();
}
