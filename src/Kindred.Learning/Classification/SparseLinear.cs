using System.Numerics;

namespace Kindred.Learning.Classification;

/// <summary>A score a class that is linear in the terms. Weights shape [width, classes].</summary>
internal sealed class SparseLinear(DenseRows weights, float[] offsets)
{
    public DenseRows Weights { get; } = weights;

    public float[] Offsets { get; } = offsets;

    public DenseRows Score(SparseRows rows)
    {
        var scores = new DenseRows(rows.Count, Offsets.Length);
        Parallel.For(0, rows.Count, i =>
        {
            var to = scores[i];
            Offsets.CopyTo(to);
            var (columns, values) = (rows.Columns(i).ToArray(), rows.Values(i).ToArray());
            for (int j = 0; j < columns.Length; j++) Add(to, Weights[columns[j]], values[j]);
        });
        return scores;
    }

    /// <summary>
    /// A linear machine with squared hinge for each class against the rest, by dual coordinate descent (Hsieh and others 2008, algorithm 3 with shrinking, as in LIBLINEAR);
    /// with two classes one serves for both.
    /// </summary>
    /// <param name="rows">Shape [n, width].</param>
    /// <param name="targets">Shape [n].</param>
    /// <param name="c">What errors cost beside large weights.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <param name="tolerance">How far slopes may differ at the end; 0.1 as LIBLINEAR has it.</param>
    /// <param name="passes">The most passes over the rows.</param>
    public static SparseLinear FitHinge(SparseRows rows, Targets targets, double c, CancellationToken cancel, double tolerance = 0.1, int passes = 40)
    {
        int k = targets.Classes;
        bool twoSided = !targets.Many && k == 2;
        var weights = new DenseRows(rows.Width, k);
        var offsets = new float[k];
        var options = new ParallelOptions { CancellationToken = cancel };
        Parallel.For(twoSided ? 1 : 0, k, options, () => new Machine(rows, tolerance, passes), (label, _, machine) =>
        {
            machine.Fit(targets, label, c);
            for (int j = 0; j < rows.Width; j++) weights.Values[(j * k) + label] = machine.Weights[j];
            offsets[label] = machine.Weights[rows.Width];
            return machine;
        }, _ => { });
        if (twoSided)
        {
            for (int j = 0; j < rows.Width; j++) weights[j][0] = -weights[j][1];
            offsets[0] = -offsets[1];
        }

        return new SparseLinear(weights, offsets);
    }

    /// <summary>Multinomial naive Bayes over which words a text has (McCallum and Nigam 1998, Wang and Manning 2012): one pass.</summary>
    /// <param name="rows">Only whether a value is there counts.</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="words">The first so many columns count.</param>
    public static SparseLinear FitBayes(SparseRows rows, Targets targets, int words)
    {
        const float Smoothing = 1;
        int k = targets.Classes;
        var weights = new DenseRows(rows.Width, k);
        var (sums, offsets) = (new double[k], new float[k]);
        for (int i = 0; i < rows.Count; i++)
        {
            int label = targets[i][0];
            offsets[label]++;
            foreach (int column in rows.Columns(i))
            {
                if (column >= words) break;
                weights[column][label]++;
                sums[label]++;
            }
        }

        for (int c = 0; c < k; c++) offsets[c] = MathF.Log((offsets[c] + Smoothing) / (rows.Count + (Smoothing * k)));
        for (int j = 0; j < words; j++)
        {
            var row = weights[j];
            for (int c = 0; c < k; c++) row[c] = (float)Math.Log((row[c] + Smoothing) / (sums[c] + ((double)Smoothing * words)));
        }

        return new SparseLinear(weights, offsets);
    }

    private static void Add(Span<float> to, ReadOnlySpan<float> from, float times)
    {
        int i = 0;
        var t = new Vector<float>(times);
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + (t * new Vector<float>(from[i..]))).CopyTo(to[i..]);
        for (; i < to.Length; i++) to[i] += times * from[i];
    }

    /// <summary>One class against the rest; the last weight is that of a column of ones.</summary>
    private sealed class Machine(SparseRows rows, double tolerance, int passes)
    {
        private readonly double[] dual = new double[rows.Count];
        private readonly int[] order = new int[rows.Count];
        private readonly bool[] yes = new bool[rows.Count];

        public float[] Weights { get; } = new float[rows.Width + 1];

        public void Fit(Targets targets, int label, double c)
        {
            Array.Clear(Weights);
            Array.Clear(dual);
            int active = rows.Count;
            for (int i = 0; i < active; i++) (order[i], yes[i]) = (i, targets[i].Contains(label));
            var random = new Random(label);
            double diagonal = 0.5 / c, bound = double.PositiveInfinity;
            for (int pass = 0; pass < passes; pass++)
            {
                random.Shuffle(order.AsSpan(0, active));
                double most = 0, least = 0;
                for (int s = 0; s < active; s++)
                {
                    int i = order[s];
                    ReadOnlySpan<int> columns = rows.Columns(i);
                    ReadOnlySpan<float> values = rows.Values(i);
                    double sum = Weights[^1], length = 1 + diagonal;
                    for (int j = 0; j < columns.Length; j++)
                    {
                        sum += Weights[columns[j]] * values[j];
                        length += values[j] * values[j];
                    }

                    int y = yes[i] ? 1 : -1;
                    double slope = (y * sum) - 1 + (dual[i] * diagonal), projected = dual[i] > 0 ? slope : Math.Min(slope, 0);
                    if (dual[i] == 0 && slope > bound)
                    {
                        // far on its own side: not looked at again until the end
                        active--;
                        (order[s], order[active]) = (order[active], order[s]);
                        s--;
                        continue;
                    }

                    (most, least) = (Math.Max(most, projected), Math.Min(least, projected));
                    if (Math.Abs(projected) < 1e-12) continue;
                    double before = dual[i];
                    dual[i] = Math.Max(before - (slope / length), 0);
                    float change = (float)((dual[i] - before) * y);
                    for (int j = 0; j < columns.Length; j++) Weights[columns[j]] += change * values[j];
                    Weights[^1] += change;
                }

                if (most - least <= tolerance)
                {
                    if (active == rows.Count) break;
                    active = rows.Count;
                    bound = double.PositiveInfinity;
                    continue;
                }

                bound = most > 0 ? most : double.PositiveInfinity;
            }
        }
    }
}
