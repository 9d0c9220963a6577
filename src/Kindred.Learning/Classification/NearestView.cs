using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Classification;

/// <summary>
/// Cosines to the classes' centroids, or the nearest rows' votes, each weighted by its cosine. Where rows have several labels, how much nearer the centroid of those with the label is than that of those
/// without: yes is above 0.
/// </summary>
internal sealed class NearestView(string kind, DenseRows rows, int[][] labels, int classes) : View
{
    public const string Centroid = "centroid", Neighbors = "knn";
    private const int K = 10;

    /// <summary>How fast a neighbour's vote falls with its cosine.</summary>
    private const float Sharpness = 20;

    public override string Name => kind;

    public static NearestView Fit(string kind, Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold) =>
        CrossFit(rows, targets, folds, (part, answers) => One(kind, part, answers), out outOfFold);

    private static NearestView One(string kind, Prepared rows, Targets targets)
    {
        var unit = rows.Vectors!.Unit();
        if (kind == Neighbors) return new NearestView(kind, unit, [.. Enumerable.Range(0, unit.Count).Select(i => targets[i].ToArray())], targets.Classes);
        var centroids = new DenseRows(targets.Classes, unit.Width);
        var others = new DenseRows(targets.Many ? targets.Classes : 0, unit.Width);
        for (int i = 0; i < unit.Count; i++)
        {
            foreach (int c in targets[i])
                for (int j = 0; j < unit.Width; j++) centroids[c][j] += unit[i][j];
            for (int c = 0; c < others.Count; c++)
            {
                if (targets[i].Contains(c)) continue;
                for (int j = 0; j < unit.Width; j++) others[c][j] += unit[i][j];
            }
        }

        for (int c = 0; c < centroids.Count; c++) Metric.Normalize(centroids[c]);
        for (int c = 0; c < others.Count; c++)
        {
            Metric.Normalize(others[c]);
            for (int j = 0; j < unit.Width; j++) centroids[c][j] -= others[c][j];   // the product with a difference is the difference of the cosines
        }

        return new NearestView(kind, centroids, [], targets.Classes);
    }

    public override DenseRows Score(Prepared asked)
    {
        var unit = asked.Vectors!.Unit();
        if (kind == Centroid) return KernelRidge.Product(unit, rows);
        var scores = new DenseRows(unit.Count, classes);
        const int Piece = 1024;
        for (int first = 0; first < unit.Count; first += Piece)
        {
            var cosines = KernelRidge.Product(unit.Take([.. Enumerable.Range(first, Math.Min(Piece, unit.Count - first))]), rows);
            Parallel.For(0, cosines.Count, i => Vote(cosines[i], scores[first + i]));
        }

        return scores;
    }

    private void Vote(ReadOnlySpan<float> cosines, Span<float> votes)
    {
        int[] nearest = Nearest(cosines, K);
        float best = cosines[nearest[0]];
        foreach (int row in nearest)
            foreach (int c in labels[row]) votes[c] += MathF.Exp(Sharpness * (cosines[row] - best));
        foreach (ref float v in votes) v = MathF.Log(v + 1e-3f);
    }

    /// <summary>The rows of the largest cosines, largest first; of equals the earlier.</summary>
    public static int[] Nearest(ReadOnlySpan<float> cosines, int k)
    {
        var queue = new PriorityQueue<int, (float Cosine, int Row)>(k + 1);
        for (int i = 0; i < cosines.Length; i++)
        {
            if (queue.Count == k && queue.TryPeek(out _, out var worst) && cosines[i] <= worst.Cosine) continue;
            queue.Enqueue(i, (cosines[i], -i));
            if (queue.Count > k) queue.Dequeue();
        }

        var nearest = new int[queue.Count];
        for (int i = nearest.Length - 1; i >= 0; i--) nearest[i] = queue.Dequeue();
        return nearest;
    }

    public override void Save(ModelWriter writer)
    {
        writer.Add($"{kind}.rows", rows);
        if (kind == Neighbors) LabelSets.Save(writer, kind, labels);
    }

    public static NearestView Load(ModelReader reader, string kind, int dimensions, int classes)
    {
        var rows = reader.Rows($"{kind}.rows", kind == Centroid ? classes : null, dimensions);
        return new NearestView(kind, rows, kind == Centroid ? [] : LabelSets.Load(reader, kind, rows.Count, classes), classes);
    }
}
