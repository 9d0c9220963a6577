using System.Runtime.Intrinsics;

namespace Kindred.Learning.Classification;

/// <summary>What is to be learnt: for each row its class, or, where a row may have several or none, its set of classes.</summary>
internal sealed class Targets
{
    private readonly int[][] labels;

    private Targets(int[][] labels, int classes, bool many) => (this.labels, Classes, Many) = (labels, classes, many);

    public int Count => labels.Length;

    public int Classes { get; }

    /// <summary>Whether a row may have several classes: each is then a yes or no of its own.</summary>
    public bool Many { get; }

    /// <summary>The classes of a row.</summary>
    public ReadOnlySpan<int> this[int row] => labels[row];

    public static Targets Of(IReadOnlyList<int> labels, int classes) => new([.. labels.Select(l => new[] { l })], classes, many: false);

    public static Targets Of(IReadOnlyList<int[]> labels, int classes) => new([.. labels], classes, many: true);

    public Targets Take(ReadOnlySpan<int> rows)
    {
        var taken = new int[rows.Length][];
        for (int i = 0; i < rows.Length; i++) taken[i] = labels[rows[i]];
        return new Targets(taken, Classes, Many);
    }

    /// <summary>Each row in one of a few parts, its class spread over all of them; the same rows give the same parts.</summary>
    public int[] Folds(int parts)
    {
        var random = new Random(7);
        int[] order = [.. Enumerable.Range(0, Count)];
        random.Shuffle(order);
        var next = new Dictionary<int, int>();
        var fold = new int[Count];
        foreach (int row in order)
        {
            int key = labels[row].Length > 0 ? labels[row][^1] : -1;
            int at = next.TryGetValue(key, out int had) ? had : next.Count % parts;
            fold[row] = at;
            next[key] = (at + 1) % parts;
        }

        return fold;
    }

    /// <summary>The sum of the rows' losses; the scores become its slopes.</summary>
    public double LossAndSlopes(Panels scores)
    {
        int pieces = (Count + 255) / 256;
        var losses = new double[pieces];
        Parallel.For(0, pieces, piece =>
        {
            double loss = 0;
            for (int i = piece * 256; i < Math.Min(Count, (piece + 1) * 256); i++) loss += Many ? Several(scores, i) : One(scores, i);
            losses[piece] = loss;
        });
        return losses.Sum();
    }

    private double One(Panels scores, int row)
    {
        int label = labels[row][0];
        float own = scores[row, label];
        var largest = Vector512<float>.Zero + Vector512.Create(float.NegativeInfinity);
        int last = scores.Count - 1;
        var present = Vector512.LessThan(Vector512<float>.Indices, Vector512.Create((float)(scores.Columns - (last * Panels.Lanes))));
        for (int p = 0; p <= last; p++)
        {
            var s = Load(p);
            largest = Vector512.Max(largest, p < last ? s : Vector512.ConditionalSelect(present, s, largest));
        }

        float top = float.NegativeInfinity;
        for (int l = 0; l < Panels.Lanes; l++) top = Math.Max(top, largest[l]);
        var sum = Vector512<float>.Zero;
        for (int p = 0; p <= last; p++)
        {
            var e = Vector512.Exp(Load(p) - Vector512.Create(top));
            if (p == last) e = Vector512.ConditionalSelect(present, e, Vector512<float>.Zero);
            e.CopyTo(scores.Values, At(p));
            sum += e;
        }

        float all = Vector512.Sum(sum), share = 1 / all;
        for (int p = 0; p <= last; p++) (Load(p) * share).CopyTo(scores.Values, At(p));
        scores[row, label] -= 1;
        return Math.Log(all) + top - own;

        int At(int panel) => ((panel * scores.Rows) + row) * Panels.Lanes;
        Vector512<float> Load(int panel) => Vector512.Create(scores.Values, At(panel));
    }

    private double Several(Panels scores, int row)
    {
        double loss = 0;
        var own = labels[row];
        for (int c = 0; c < Classes; c++)
        {
            ref float s = ref scores[row, c];
            loss += Softmax.SoftPlus(s);
            if (Array.IndexOf(own, c) >= 0)
            {
                loss -= s;
                s = (float)(Softmax.Sigmoid(s) - 1);
            }
            else
            {
                s = (float)Softmax.Sigmoid(s);
            }
        }

        return loss;
    }
}
