using System.Numerics.Tensors;

namespace Kindred.Store.Search;

/// <summary>Maximal marginal relevance (Carbonell and Goldstein 1998).</summary>
internal static class Diversity
{
    /// <summary>Looks no further down than this many times k: what is farther off is no answer, however different.</summary>
    private const int Reach = 4;

    /// <summary>Candidates from which k are chosen.</summary>
    public static int Pool(int k) => (int)Math.Min(int.MaxValue, Math.Max(50L, (long)Reach * k));

    /// <summary>Takes k, each time the one with the most of λ × score − (1 − λ) × likeness to those taken.</summary>
    /// <param name="ordered">Candidates, best first.</param>
    /// <param name="k">How many.</param>
    /// <param name="lambda">1 for relevance alone, 0 for difference alone after the first.</param>
    /// <param name="cancel">Stops the work, which grows with the square of k.</param>
    public static List<Candidate> Choose(IReadOnlyList<Candidate> ordered, int k, double lambda, CancellationToken cancel)
    {
        int count = Math.Min(ordered.Count, Pool(k));
        if (count == 0) return [];
        // scores of every kind on the scale of a cosine
        double high = Math.Max(ordered[0].Score ?? 0, 1e-12);
        double[] nearest = new double[count];
        Array.Fill(nearest, double.NegativeInfinity);
        var taken = new List<Candidate> { ordered[0] };
        bool[] gone = new bool[count];
        gone[0] = true;
        while (taken.Count < k && taken.Count < count)
        {
            cancel.ThrowIfCancellationRequested();
            int best = -1;
            double most = double.NegativeInfinity;
            for (int i = 0; i < count; i++)
            {
                if (gone[i]) continue;
                double cosine = TensorPrimitives.CosineSimilarity(ordered[i].Vector, taken[^1].Vector);
                nearest[i] = Math.Max(nearest[i], double.IsFinite(cosine) ? cosine : 0);
                double value = (lambda * (ordered[i].Score ?? 0) / high) - ((1 - lambda) * nearest[i]);
                if (value > most) (best, most) = (i, value);
            }
            gone[best] = true;
            taken.Add(ordered[best]);
        }
        return taken;
    }
}
