using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Recommendation;

/// <summary>
/// item2vec (Barkan and Koenigstein 2016): word2vec's skip-gram with negative samples (Mikolov et al. 2013), each user's likes in their order being a sentence.
/// </summary>
internal static class Item2Vec
{
    private const int Window = 10, Negatives = 5;
    private const float Rate = 0.05f;

    /// <summary>Pairs of a whole training at most.</summary>
    private const long MostPairs = 50_000_000;

    public static VectorModel Train(InteractionTable table, ItemEvents events, int dimensions, int epochs, int seed, CancellationToken cancel = default)
    {
        var random = new Random(seed);
        int count = table.Items.Count;
        float[] vectors = [.. Enumerable.Range(0, checked(count * dimensions)).Select(_ => (float)(random.NextDouble() - 0.5) / dimensions)];
        float[] contexts = new float[vectors.Length], gradient = new float[dimensions];
        double[] until = Noise(events, count);
        long pairs = 0, likes = events.Users.Length, all = Math.Min(MostPairs, epochs * likes * Window);
        for (int epoch = 0; epoch < epochs && pairs < all; epoch++)
        {
            for (int u = 0; u < table.Users.Count; u++)
            {
                cancel.ThrowIfCancellationRequested();
                int[] sentence = Profile.Of(table, u, double.PositiveInfinity).Items;
                for (int at = 0; at < sentence.Length; at++)
                {
                    int reach = random.Next(1, Window + 1);
                    float rate = Rate * Math.Max(0.01f, 1 - (pairs / (float)all));
                    for (int other = Math.Max(0, at - reach); other <= Math.Min(sentence.Length - 1, at + reach); other++)
                    {
                        if (other == at) continue;
                        Step(sentence[other], sentence[at], rate);
                        pairs++;
                    }
                }
            }
        }

        for (int i = 0; i < count; i++)
        {
            var vector = vectors.AsSpan(i * dimensions, dimensions);
            if (events.Count(i) == 0) vector.Clear();
            Metric.Normalize(vector);
        }

        return new("item2vec", vectors, dimensions);

        void Step(int item, int context, float rate)
        {
            var vector = vectors.AsSpan(item * dimensions, dimensions);
            gradient.AsSpan().Clear();
            for (int n = 0; n <= Negatives; n++)
            {
                int target = n == 0 ? context : Draw();
                if (n > 0 && target == context) continue;
                var row = contexts.AsSpan(target * dimensions, dimensions);
                float push = rate * ((n == 0 ? 1 : 0) - (1 / (1 + MathF.Exp(-Metric.Dot(vector, row)))));
                Cholesky.AddScaled(push, row, gradient);
                Cholesky.AddScaled(push, vector, row);
            }

            Cholesky.AddScaled(1, gradient, vector);
        }

        int Draw()
        {
            int at = Array.BinarySearch(until, random.NextDouble() * until[^1]);
            return Math.Min(at < 0 ? ~at : at, count - 1);
        }
    }

    // word2vec's power of the counts, summed up
    private static double[] Noise(ItemEvents events, int count)
    {
        double[] until = new double[count];
        for (int i = 0; i < count; i++) until[i] = (i > 0 ? until[i - 1] : 0) + Math.Pow(events.Count(i), 0.75);
        return until;
    }
}
