namespace Kindred.Learning.Reduction;

/// <summary>How much rows are neighbours, 0 to 1: the fuzzy union of what each row thinks of its nearest (McInnes, Healy and Melville 2018, section 3.1). Symmetric.</summary>
internal sealed class FuzzyGraph
{
    private FuzzyGraph(int[] starts, int[] others, float[] weights) => (Starts, Others, Weights) = (starts, others, weights);

    /// <summary>Shape [n + 1]: where the neighbours of each row begin.</summary>
    public int[] Starts { get; }

    /// <summary>The neighbours of all rows, those of a row in order.</summary>
    public int[] Others { get; }

    /// <summary>How much each of them is one, above 0.</summary>
    public float[] Weights { get; }

    /// <param name="near">Shape [n][k], nearest first, without the row itself.</param>
    public static FuzzyGraph Of((int Row, double Distance)[][] near)
    {
        int n = near.Length;
        double mean = near.Average(hits => hits.Average(hit => hit.Distance));
        var own = new float[n][];
        Parallel.For(0, n, i => own[i] = Memberships(near[i], mean));

        // both directions of a pair, then their union a + b − ab
        var pairs = new List<(int Other, float Weight)>[n];
        for (int i = 0; i < n; i++) pairs[i] = [];
        for (int i = 0; i < n; i++)
            for (int h = 0; h < near[i].Length; h++)
            {
                if (!(own[i][h] > 0)) continue;
                pairs[i].Add((near[i][h].Row, own[i][h]));
                pairs[near[i][h].Row].Add((i, own[i][h]));
            }

        Parallel.For(0, n, i =>
        {
            pairs[i].Sort((a, b) => a.Other != b.Other ? a.Other.CompareTo(b.Other) : a.Weight.CompareTo(b.Weight));
            var joined = new List<(int, float)>(pairs[i].Count);
            foreach (var (other, weight) in pairs[i])
            {
                if (joined.Count > 0 && joined[^1] is var (last, before) && last == other) joined[^1] = (other, before + weight - (before * weight));
                else joined.Add((other, weight));
            }

            pairs[i] = joined;
        });
        var starts = new int[n + 1];
        for (int i = 0; i < n; i++) starts[i + 1] = starts[i] + pairs[i].Count;
        return new FuzzyGraph(starts, [.. pairs.SelectMany(p => p.Select(x => x.Other))], [.. pairs.SelectMany(p => p.Select(x => x.Weight))]);
    }

    /// <summary>exp(−(distance − the nearest one) / σ), with the σ that makes them sum to log2 of their number.</summary>
    private static float[] Memberships((int Row, double Distance)[] hits, double mean)
    {
        double nearest = 0;
        foreach (var hit in hits)
        {
            if (!(hit.Distance > 0)) continue;
            nearest = hit.Distance;
            break;
        }

        double low = 0, high = double.PositiveInfinity, sigma = 1, wanted = Math.Log2(hits.Length + 1);   // the paper counts the row itself
        for (int round = 0; round < 64; round++)
        {
            double sum = 0;
            foreach (var hit in hits) sum += hit.Distance > nearest ? Math.Exp(-(hit.Distance - nearest) / sigma) : 1;
            if (Math.Abs(sum - wanted) < 1e-5) break;
            if (sum > wanted) high = sigma;
            else low = sigma;
            sigma = double.IsFinite(high) ? (low + high) / 2 : sigma * 2;
        }

        // not so narrow that nothing but the nearest counts
        double own = hits.Average(hit => hit.Distance);
        sigma = Math.Max(sigma, 1e-3 * (nearest > 0 ? own : mean));
        return [.. hits.Select(hit => hit.Distance > nearest && sigma > 0 ? (float)Math.Exp(-(hit.Distance - nearest) / sigma) : 1f)];
    }
}
