namespace Kindred.Learning.Classification;

/// <summary>
/// Gradient boosted trees (Friedman 2001) on histograms of at most 255 bins a column, grown leaf by leaf with the second-order gain of Chen and Guestrin 2016. A tree a round and class; with two classes one serves for
/// both.
/// </summary>
internal sealed class BoostedTrees
{
    internal const float Rate = 0.08f;
    private const int MostBins = 255, MostLeaves = 16, LeastRows = 8;
    private const double Penalty = 1;

    private readonly float[] start;
    private readonly List<Tree> trees;
    private readonly double[] gains;

    private BoostedTrees(float[] start, List<Tree> trees, int columns) => (this.start, this.trees, Columns, gains) = (start, trees, columns, new double[columns]);

    /// <summary>Node i: rows whose column is at most the threshold go left. Below 0 the column: a leaf.</summary>
    private sealed record Tree(int[] Column, float[] Threshold, int[] Left, int[] Right, float[] Value)
    {
        public float Of(ReadOnlySpan<float> row)
        {
            int at = 0;
            while (Column[at] >= 0) at = row[Column[at]] <= Threshold[at] ? Left[at] : Right[at];
            return Value[at];
        }
    }

    public int Columns { get; }

    /// <summary>What the splits at each column have gained; zeros for trees that were loaded.</summary>
    public IReadOnlyList<double> Gains => gains;

    /// <summary>Scores a row starts with, one a class; with two classes one score.</summary>
    private int Outputs => start.Length;

    /// <param name="rows">Shape [n, columns].</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="rounds">How many rounds.</param>
    /// <param name="watch">After each round is given the trees so far, and says whether to go on; may be null.</param>
    /// <param name="cancel">Stops the work.</param>
    public static BoostedTrees Fit(DenseRows rows, Targets targets, int rounds, Func<BoostedTrees, bool>? watch, CancellationToken cancel)
    {
        int n = rows.Count, k = targets.Classes == 2 ? 1 : targets.Classes;
        var bins = new Bins(rows);
        var start = new float[k];
        for (int i = 0; i < n; i++)
        {
            if (k == 1) start[0] += targets[i][0];
            else start[targets[i][0]]++;
        }

        for (int c = 0; c < k; c++)
        {
            double share = Math.Clamp(start[c] / (double)n, 1e-6, 1 - 1e-6);
            start[c] = (float)(k == 1 ? Math.Log(share / (1 - share)) : Math.Log(share));
        }

        var model = new BoostedTrees(start, [], rows.Width);
        var scores = new DenseRows(n, k);
        for (int i = 0; i < n; i++) start.CopyTo(scores[i]);
        float[][] slopes = [.. start.Select(_ => new float[n])], curves = [.. start.Select(_ => new float[n])];
        Stack<double[]>[] spare = [.. start.Select(_ => new Stack<double[]>())];
        for (int round = 0; round < rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            for (int i = 0; i < n; i++)
            {
                if (k == 1)
                {
                    float p = (float)Softmax.Sigmoid(scores[i][0]);
                    (slopes[0][i], curves[0][i]) = (p - targets[i][0], Math.Max(p * (1 - p), 1e-6f));
                    continue;
                }

                float[] chances = scores[i].ToArray();
                Softmax.Apply(chances);
                for (int c = 0; c < k; c++) (slopes[c][i], curves[c][i]) = (chances[c] - (targets[i][0] == c ? 1 : 0), Math.Max(chances[c] * (1 - chances[c]), 1e-6f));
            }

            var grown = new Tree[k];
            Grower[] growers = [.. Enumerable.Range(0, k).Select(c => new Grower(bins, slopes[c], curves[c], spare[c]))];
            Parallel.For(0, k, c => grown[c] = growers[c].Grow((row, value) => scores[row][c] += value));
            model.trees.AddRange(grown);
            foreach (var grower in growers) grower.AddGains(model.gains);
            if (watch?.Invoke(model) == false) break;
        }

        return model;
    }

    /// <summary>Adds what the trees of the last round say; shape [rows, outputs].</summary>
    public void AddLast(DenseRows rows, DenseRows scores)
    {
        for (int i = 0; i < rows.Count; i++)
            for (int c = 0; c < Outputs; c++) scores[i][c] += trees[trees.Count - Outputs + c].Of(rows[i]);
    }

    /// <summary>Scores before any tree.</summary>
    public DenseRows Start(int rows)
    {
        var scores = new DenseRows(rows, Outputs);
        for (int i = 0; i < rows; i++) start.CopyTo(scores[i]);
        return scores;
    }

    /// <summary>One score a class: with two classes half of it, with each sign.</summary>
    public static DenseRows Spread(DenseRows scores)
    {
        if (scores.Width > 1) return scores;
        var two = new DenseRows(scores.Count, 2);
        for (int i = 0; i < scores.Count; i++) (two[i][0], two[i][1]) = (-scores[i][0] / 2, scores[i][0] / 2);
        return two;
    }

    public DenseRows Score(DenseRows rows)
    {
        var scores = Start(rows.Count);
        Parallel.For(0, rows.Count, i =>
        {
            for (int t = 0; t < trees.Count; t++) scores[i][t % Outputs] += trees[t].Of(rows[i]);
        });
        return Spread(scores);
    }

    public void Save(ModelWriter writer, string name)
    {
        int end = 0;
        writer.Write($"{name}Columns", Columns);
        writer.Add($"{name}.start", start, start.Length);
        writer.Add($"{name}.ends", [.. trees.Select(t => end += t.Column.Length)], trees.Count);
        writer.Add($"{name}.column", [.. trees.SelectMany(t => t.Column)], end);
        writer.Add($"{name}.left", [.. trees.SelectMany(t => t.Left)], end);
        writer.Add($"{name}.right", [.. trees.SelectMany(t => t.Right)], end);
        writer.Add($"{name}.threshold", [.. trees.SelectMany(t => t.Threshold)], end);
        writer.Add($"{name}.value", [.. trees.SelectMany(t => t.Value)], end);
    }

    public static BoostedTrees Load(ModelReader reader, string name, int columns, int classes)
    {
        if (reader.Integer($"{name}Columns", 1, int.MaxValue) != columns) throw reader.Wrong($"{name}Columns: {columns} are due");
        long count = reader.Shape($"{name}.ends", 1)[0], nodes = reader.Shape($"{name}.column", 1)[0];
        int[] ends = reader.File.ReadInts($"{name}.ends", count), column = reader.File.ReadInts($"{name}.column", nodes), left = reader.File.ReadInts($"{name}.left", nodes), right = reader.File.ReadInts($"{name}.right", nodes);
        float[] threshold = reader.Singles($"{name}.threshold", nodes), value = reader.Singles($"{name}.value", nodes), start = reader.Singles($"{name}.start", classes == 2 ? 1 : classes);
        var trees = new List<Tree>();
        for (int t = 0, at = 0; t < ends.Length; at = ends[t++])
        {
            int end = ends[t];
            if (end <= at || end > column.Length) throw reader.File.Wrong($"{name}.ends", $"[{t}] is {end}, outside {at + 1} to {column.Length}");
            for (int i = at; i < end; i++)
            {
                // children come after their parent, so every walk ends
                if (column[i] >= columns || (column[i] >= 0 && (left[i] <= i - at || left[i] >= end - at || right[i] <= i - at || right[i] >= end - at))) throw reader.File.Wrong($"{name}.column", $"node {i} leads nowhere");
            }

            trees.Add(new Tree(column[at..end], threshold[at..end], left[at..end], right[at..end], value[at..end]));
        }

        return trees.Count % start.Length == 0 ? new BoostedTrees(start, trees, columns) : throw reader.File.Wrong($"{name}.ends", $"{trees.Count} trees are no whole rounds");
    }

    /// <summary>Each column's values by the place of their quantile.</summary>
    private sealed class Bins
    {
        public Bins(DenseRows rows)
        {
            (Count, Columns) = (rows.Count, rows.Width);
            Of = new byte[Columns][];
            Edges = new float[Columns][];
            Parallel.For(0, Columns, c =>
            {
                float[] values = [.. Enumerable.Range(0, Count).Select(i => rows[i][c])];
                float[] sorted = [.. values.Order()], distinct = [.. sorted.Distinct()];
                // an edge lies between two values: at most it goes left
                float[] edges = distinct.Length <= MostBins
                    ? [.. distinct.Zip(distinct.Skip(1), Middle)]
                    : [.. Enumerable.Range(1, MostBins - 1).Select(b => sorted[(int)((long)b * (Count - 1) / MostBins)]).Distinct()];
                Edges[c] = edges;
                Of[c] = new byte[Count];
                for (int i = 0; i < Count; i++)
                {
                    int at = Array.BinarySearch(edges, values[i]);
                    Of[c][i] = (byte)(at < 0 ? ~at : at);
                }
            });

            static float Middle(float a, float b)
            {
                float middle = (a / 2) + (b / 2);
                return middle < b ? Math.Max(a, middle) : a;
            }
        }

        public int Count { get; }

        public int Columns { get; }

        public byte[][] Of { get; }

        public float[][] Edges { get; }
    }

    private sealed class Grower(Bins bins, float[] slopes, float[] curves, Stack<double[]> spare)
    {
        private readonly List<int> column = [], left = [], right = [];
        private readonly List<float> threshold = [], value = [];
        private readonly List<Split> splits = [];

        private sealed record Leaf(int Node, int[] Rows, double[] Histogram, double Slope, double Curve, Split? Best);

        private sealed record Split(int Column, int Bin, double Gain);

        public Tree Grow(Action<int, float> give)
        {
            int[] all = [.. Enumerable.Range(0, bins.Count)];
            List<Leaf> leaves = [Make(Add(), all, Histogram(all))];
            while (leaves.Count < MostLeaves)
            {
                var leaf = leaves.MaxBy(l => l.Best?.Gain ?? 0)!;
                if (leaf.Best is not { } split) break;
                byte[] of = bins.Of[split.Column];
                int[] low = [.. leaf.Rows.Where(i => of[i] <= split.Bin)], high = [.. leaf.Rows.Where(i => of[i] > split.Bin)];
                bool lowIsSmall = low.Length <= high.Length;
                double[] small = Histogram(lowIsSmall ? low : high), large = leaf.Histogram;
                for (int h = 0; h < large.Length; h++) large[h] -= small[h];
                (column[leaf.Node], threshold[leaf.Node]) = (split.Column, bins.Edges[split.Column][split.Bin]);
                int a = Add(), b = Add();
                (left[leaf.Node], right[leaf.Node]) = (a, b);
                leaves.Remove(leaf);
                splits.Add(split);
                leaves.Add(Make(a, low, lowIsSmall ? small : large));
                leaves.Add(Make(b, high, lowIsSmall ? large : small));
            }

            foreach (var leaf in leaves)
            {
                spare.Push(leaf.Histogram);
                float step = (float)(-Rate * leaf.Slope / (leaf.Curve + Penalty));
                value[leaf.Node] = step;
                foreach (int row in leaf.Rows) give(row, step);
            }

            return new Tree([.. column], [.. threshold], [.. left], [.. right], [.. value]);
        }

        public void AddGains(double[] gains)
        {
            foreach (var split in splits) gains[split.Column] += split.Gain;
        }

        private int Add()
        {
            column.Add(-1);
            threshold.Add(0);
            left.Add(0);
            right.Add(0);
            value.Add(0);
            return column.Count - 1;
        }

        /// <summary>Shape [columns][256][3]: slope, curve and number of rows of each bin.</summary>
        private double[] Histogram(int[] rows)
        {
            double[] sums = spare.TryPop(out var used) ? used : new double[bins.Columns * 256 * 3];
            Array.Clear(sums);
            if (rows.Length * bins.Columns < 200_000)
                for (int c = 0; c < bins.Columns; c++) Column(c);
            else Parallel.For(0, bins.Columns, Column);
            return sums;

            void Column(int c)
            {
                byte[] of = bins.Of[c];
                var to = sums.AsSpan(c * 768, 768);
                foreach (int row in rows)
                {
                    int at = of[row] * 3;
                    to[at] += slopes[row];
                    to[at + 1] += curves[row];
                    to[at + 2]++;
                }
            }
        }

        private Leaf Make(int node, int[] rows, double[] histogram)
        {
            double slope = 0, curve = 0;
            foreach (int row in rows) (slope, curve) = (slope + slopes[row], curve + curves[row]);
            double own = slope * slope / (curve + Penalty);
            Split? best = null;
            if (rows.Length >= 2 * LeastRows)
            {
                for (int c = 0; c < bins.Columns; c++)
                {
                    double s = 0, h = 0, count = 0;
                    for (int b = 0; b < bins.Edges[c].Length; b++)
                    {
                        int at = (c * 768) + (b * 3);
                        (s, h, count) = (s + histogram[at], h + histogram[at + 1], count + histogram[at + 2]);
                        if (count < LeastRows) continue;
                        if (rows.Length - count < LeastRows) break;
                        double gain = (s * s / (h + Penalty)) + ((slope - s) * (slope - s) / (curve - h + Penalty)) - own;
                        if (gain > (best?.Gain ?? 1e-6)) best = new Split(c, b, gain);
                    }
                }
            }

            return new Leaf(node, rows, histogram, slope, curve, best);
        }
    }
}
