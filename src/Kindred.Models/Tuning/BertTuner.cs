using System.Numerics.Tensors;

namespace Kindred.Models.Tuning;

/// <summary>
/// Tunes a sentence encoder to few rows a class, so that rows of one class come to lie together and apart from the others: supervised contrastive learning (Khosla et al. 2020, equation 2)
/// on the vectors themselves, as SetFit does by pairs (Tunstall et al. 2022). The vocabulary stays as it is.
/// </summary>
internal static class BertTuner
{
    /// <summary>Twice as many fit the rows too closely: of 2,000 unseen questions of Banking77 two in a hundred more go wrong.</summary>
    private const int Steps = 40;

    private const int MostRows = 128;

    /// <summary>A batch with more tokens takes more memory than a laptop has to spare.</summary>
    private const int MostTokens = 3072;

    private const int RowsOfClass = 4;
    private const float Temperature = 0.1f;
    private const float Rate = 5e-5f;
    private const double WarmUp = 0.1;

    /// <summary>The share of a text's tokens left out by chance each time, so that no single word is relied on (Iyyer et al. 2015, section 3.2).</summary>
    private const double LeftOut = 0.15;

    /// <param name="weights">Their layers are changed.</param>
    /// <param name="ids">The tokens of each text with the special ones around them.</param>
    /// <param name="classes">The class of each, from 0.</param>
    /// <param name="progress">Is told the share that is done.</param>
    /// <param name="cancel">Stops the work.</param>
    public static void Tune(BertWeights weights, int[][] ids, int[] classes, IProgress<double>? progress, CancellationToken cancel)
    {
        var pass = new BertPass(weights);
        var adam = new AdamW([.. weights.Layers.SelectMany(l => l.All)], [.. pass.Slopes.SelectMany(l => l.All)]);
        var random = new Random(5);
        int[][] rows = [.. Enumerable.Range(0, classes.Length).GroupBy(i => classes[i]).OrderBy(g => g.Key).Select(g => g.ToArray())];
        for (int step = 0; step < Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] batch = Batch(rows, ids, random);
            int[][] texts = [.. batch.Select(i => Thin(ids[i], random))];
            float[] tokens = pass.Run(texts);
            pass.Back(Slopes(tokens, pass.Starts, weights.Width, [.. batch.Select(i => classes[i])], out _));
            double warm = (step + 1) / (WarmUp * Steps), left = 1 - (step / (double)Steps);
            adam.Step(Rate * (float)(Math.Min(1, warm) * left));
            progress?.Report((step + 1) / (double)Steps);
        }
    }

    private static int[] Thin(int[] ids, Random random) => [.. ids.Where((_, i) => i == 0 || i == ids.Length - 1 || random.NextDouble() >= LeftOut)];

    /// <summary>Some classes by chance, and some rows of each.</summary>
    private static int[] Batch(int[][] rows, int[][] ids, Random random)
    {
        int of = Math.Max(RowsOfClass, MostRows / rows.Length);
        var batch = new List<int>();
        int tokens = 0;
        random.Shuffle(rows);
        foreach (int[] one in rows)
        {
            random.Shuffle(one);
            foreach (int row in one.AsSpan(0, Math.Min(of, one.Length)))
            {
                if (batch.Count == MostRows || (tokens += ids[row].Length) > MostTokens) return [.. batch];
                batch.Add(row);
            }
        }

        return [.. batch];
    }

    /// <summary>The slope of the loss along the token vectors: each row ought to be near those of its class, beside all others. Vectors are the means over the tokens, of length 1.</summary>
    internal static float[] Slopes(float[] tokens, ReadOnlySpan<int> starts, int width, int[] classes, out double loss)
    {
        int n = classes.Length;
        float[] unit = new float[n * width], lengths = new float[n], along = new float[n * width], slopes = new float[starts[^1] * width];
        for (int i = 0; i < n; i++)
        {
            var mean = unit.AsSpan(i * width, width);
            for (int t = starts[i]; t < starts[i + 1]; t++) TensorPrimitives.Add(mean, tokens.AsSpan(t * width, width), mean);
            TensorPrimitives.Divide(mean, starts[i + 1] - starts[i], mean);
            lengths[i] = TensorPrimitives.Norm<float>(mean);
            TensorPrimitives.Divide(mean, lengths[i], mean);
        }

        loss = 0;
        float[] near = new float[n];
        for (int i = 0; i < n; i++)
        {
            int alike = classes.Count(c => c == classes[i]) - 1;
            if (alike == 0) continue;
            var own = unit.AsSpan(i * width, width);
            for (int j = 0; j < n; j++) near[j] = j == i ? float.NegativeInfinity : TensorPrimitives.Dot<float>(own, unit.AsSpan(j * width, width)) / Temperature;
            TensorPrimitives.SoftMax<float>(near, near);
            for (int j = 0; j < n; j++)
            {
                if (j == i) continue;
                bool same = classes[j] == classes[i];
                if (same) loss -= Math.Log(Math.Max(near[j], float.Epsilon)) / alike / n;
                float slope = (near[j] - (same ? 1f / alike : 0)) / (Temperature * n);
                Span<float> other = unit.AsSpan(j * width, width), mine = along.AsSpan(i * width, width), its = along.AsSpan(j * width, width);
                TensorPrimitives.MultiplyAdd(other, slope, mine, mine);
                TensorPrimitives.MultiplyAdd(own, slope, its, its);
            }
        }

        for (int i = 0; i < n; i++)
        {
            Span<float> slope = along.AsSpan(i * width, width), own = unit.AsSpan(i * width, width);
            float radial = TensorPrimitives.Dot<float>(slope, own);
            TensorPrimitives.MultiplyAdd(own, -radial, slope, slope);
            TensorPrimitives.Divide(slope, lengths[i] * (starts[i + 1] - starts[i]), slope);
            for (int t = starts[i]; t < starts[i + 1]; t++) slope.CopyTo(slopes.AsSpan(t * width));
        }

        return slopes;
    }
}
