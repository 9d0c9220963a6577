using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Classification;

/// <summary>
/// Ridge regression on 0 and 1 for each class with the kernel exp(-γ·|x - y|²), through as many landmark rows as are kept (Saunders and others 1998; Williams and Seeger 2001). Exact where
/// all rows are landmarks. A score falls towards the mean away from the rows, which tells what is unlike all of them.
/// </summary>
internal sealed class KernelRidge
{
    /// <summary>Up to here all rows are landmarks: beside 2,000 of Banking77's 8,000 that leaves a tenth fewer wrong, and takes about the time and memory that landmarks do.</summary>
    private const int MostExact = 16_000;

    /// <summary>Rows times the square of landmarks, where there are more: time grows with it.</summary>
    private const double MostWork = 2.5e11;

    private readonly DenseRows landmarks;
    private readonly DenseRows weights;   // [classes, landmarks]
    private readonly float[] means;
    private readonly float gamma;

    private KernelRidge(DenseRows landmarks, DenseRows weights, float[] means, float gamma) => (this.landmarks, this.weights, this.means, this.gamma) = (landmarks, weights, means, gamma);

    /// <summary>What was chosen by leaving one row out at a time: the kernel's width and the penalty.</summary>
    public sealed record Settings(float Gamma, float Penalty);

    /// <summary>Chooses the settings on a part of the rows by the exact error of leaving each out.</summary>
    public static Settings Choose(DenseRows rows, Targets targets, CancellationToken cancel)
    {
        const int Most = 1200;
        if (rows.Count > Most)
        {
            int[] part = Sample(rows.Count, Most);
            (rows, targets) = (rows.Take(part), targets.Take(part));
        }

        float spread = MeanDistance(rows);
        var best = new Settings(1.5f / spread, 0.1f);
        double least = double.PositiveInfinity;
        var squares = Distances(rows, rows);
        foreach (float width in (ReadOnlySpan<float>)[0.6f, 1.2f, 2.4f])
        {
            foreach (float penalty in (ReadOnlySpan<float>)[0.02f, 0.1f, 0.5f])
            {
                cancel.ThrowIfCancellationRequested();
                double error = LeaveOneOut(squares, width / spread, penalty, targets);
                if (error < least) (least, best) = (error, new Settings(width / spread, penalty));
            }
        }

        return best;
    }

    /// <summary>Fits few rows with the settings that suit the vectors of a tuned encoder.</summary>
    public static KernelRidge Fit(DenseRows rows, Targets targets, CancellationToken cancel) => FitAll(rows, targets, new Settings(2.4f / MeanDistance(rows), 0.3f), cancel);

    /// <summary>Fits, and scores each row by what the rows of the other folds say.</summary>
    /// <param name="rows">Shape [n, d].</param>
    /// <param name="targets">Shape [n].</param>
    /// <param name="settings">Width and penalty.</param>
    /// <param name="folds">Shape [n]; -1 for a row that always counts.</param>
    /// <param name="cancel">Stops the work.</param>
    public static (KernelRidge Model, DenseRows OutOfFold) Fit(DenseRows rows, Targets targets, Settings settings, int[] folds, CancellationToken cancel)
    {
        int n = rows.Count, k = targets.Classes;
        if (n <= MostExact) return FitExact(rows, targets, settings, folds, cancel);
        int[] chosen = Sample(n, (int)Math.Sqrt(MostWork / n));
        var landmarks = rows.Take(chosen);
        var whitener = SquareSystem.Factor(Kernel(landmarks, landmarks, settings.Gamma), 3e-3f, cancel).InverseOfLower();
        var features = Product(Kernel(rows, landmarks, settings.Gamma), whitener);
        int m = chosen.Length, tested = folds.Max() + 1, parts = tested + 1;
        int[] part = [.. folds.Select(f => f < 0 ? tested : f)];

        // what all folds sum to, less a fold, is what the others sum to
        var (squares, answers, counts) = (new DenseRows[parts], new DenseRows[parts], new double[parts]);
        var sums = new double[parts][];
        for (int f = 0; f < parts; f++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] within = [.. Enumerable.Range(0, n).Where(i => part[i] == f)];
            var columns = features.Take(within).Transpose();
            squares[f] = Product(columns, columns);
            answers[f] = new DenseRows(k, m);
            sums[f] = new double[k];
            counts[f] = within.Length;
            foreach (int i in within)
            {
                foreach (int label in targets[i])
                {
                    Add(answers[f][label], features[i], 1);
                    sums[f][label]++;
                }
            }
        }

        // targets less their mean: Σ z·(y - mean) = Σ z·y - mean·Σ z
        var featureSums = new DenseRows(parts, m);
        for (int i = 0; i < n; i++) Add(featureSums[part[i]], features[i], 1);
        var outOfFold = new DenseRows(n, k);
        for (int f = 0; f < tested; f++)
        {
            cancel.ThrowIfCancellationRequested();
            var (w, mean) = Solve(f);
            int[] within = [.. Enumerable.Range(0, n).Where(i => part[i] == f)];
            var scores = Product(features.Take(within), w);
            for (int i = 0; i < within.Length; i++)
                for (int c = 0; c < k; c++) outOfFold[within[i]][c] = scores[i][c] + mean[c];
        }

        var (all, means) = Solve(-1);
        // weights on the features become weights on the kernel: w · L⁻¹
        var final = Product(all, whitener.Transpose());
        return (new KernelRidge(landmarks, final, means, settings.Gamma), outOfFold);

        (DenseRows Weights, float[] Means) Solve(int without)
        {
            var (matrix, sides, feature) = (new DenseRows(m, m), new DenseRows(k, m), new float[m]);
            var mean = new float[k];
            double count = 0;
            for (int f = 0; f < parts; f++)
            {
                if (f == without) continue;
                Add(matrix.Values, squares[f].Values, 1);
                Add(sides.Values, answers[f].Values, 1);
                Add(feature, featureSums[f], 1);
                for (int c = 0; c < k; c++) mean[c] += (float)sums[f][c];
                count += counts[f];
            }

            for (int c = 0; c < k; c++)
            {
                mean[c] /= (float)count;
                Add(sides[c], feature, -mean[c]);
            }

            SquareSystem.Factor(matrix, settings.Penalty, cancel).Solve(sides);
            return (sides, mean);
        }
    }

    private static (KernelRidge Model, DenseRows OutOfFold) FitExact(DenseRows rows, Targets targets, Settings settings, int[] folds, CancellationToken cancel)
    {
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        var outOfFold = new DenseRows(rows.Count, targets.Classes);
        for (int f = 0; f <= folds.Max(); f++)
        {
            int[] within = [.. all.Where(i => folds[i] == f)], others = [.. all.Where(i => folds[i] != f)];
            var scores = FitAll(rows.Take(others), targets.Take(others), settings, cancel).Score(rows.Take(within));
            for (int i = 0; i < within.Length; i++) scores[i].CopyTo(outOfFold[within[i]]);
        }

        return (FitAll(rows, targets, settings, cancel), outOfFold);
    }

    private static KernelRidge FitAll(DenseRows rows, Targets targets, Settings settings, CancellationToken cancel)
    {
        var (sides, mean) = Sides(targets);
        SquareSystem.Factor(Kernel(rows, rows, settings.Gamma), settings.Penalty, cancel).Solve(sides);
        return new KernelRidge(rows, sides, mean, settings.Gamma);
    }

    /// <summary>0 and 1 for each class less their mean. Shapes [classes, n] and [classes].</summary>
    private static (DenseRows Sides, float[] Mean) Sides(Targets targets)
    {
        int n = targets.Count, k = targets.Classes;
        var sides = new DenseRows(k, n);
        var mean = new float[k];
        for (int i = 0; i < n; i++)
            foreach (int c in targets[i]) mean[c] += 1f / n;
        for (int c = 0; c < k; c++) sides[c].Fill(-mean[c]);
        for (int i = 0; i < n; i++)
            foreach (int c in targets[i]) sides[c][i] += 1;
        return (sides, mean);
    }

    public DenseRows Score(DenseRows rows)
    {
        var scores = Product(Kernel(rows, landmarks, gamma), weights);
        for (int i = 0; i < scores.Count; i++) Add(scores[i], means, 1);
        return scores;
    }

    public void Save(ModelWriter writer, string name)
    {
        writer.Add($"{name}.landmarks", landmarks);
        writer.Add($"{name}.weights", weights);
        writer.Add($"{name}.means", means, means.Length);
        writer.Add($"{name}.gamma", [gamma], 1);
    }

    public static KernelRidge Load(ModelReader reader, string name, int dimensions, int classes)
    {
        var landmarks = reader.Rows($"{name}.landmarks", null, dimensions);
        return new KernelRidge(landmarks, reader.Rows($"{name}.weights", classes, landmarks.Count), reader.Singles($"{name}.means", classes), reader.Singles($"{name}.gamma", 1)[0]);
    }

    /// <summary>left · rightᵀ.</summary>
    internal static DenseRows Product(DenseRows left, DenseRows right)
    {
        var product = new Panels(left.Count, right.Count);
        product.Multiply(left, Panels.OfRows(right));
        return product.ToRows();
    }

    private static double LeaveOneOut(DenseRows squares, float gamma, float penalty, Targets targets)
    {
        int n = squares.Count, k = targets.Classes;
        var kernel = new DenseRows(n, n);
        for (int i = 0; i < kernel.Values.Length; i++) kernel.Values[i] = MathF.Exp(-gamma * squares.Values[i]);
        var lower = SquareSystem.Factor(kernel, penalty).InverseOfLower();
        var inverse = lower.Transpose();   // row i: column i of L⁻¹
        var diagonal = new float[n];
        for (int i = 0; i < n; i++) diagonal[i] = Metric.Dot(inverse[i], inverse[i]);
        var (sides, mean) = Sides(targets);

        // α = L⁻ᵀ · L⁻¹ · y; the score of a row without itself is y - α / (K + λ)⁻¹ᵢᵢ
        var dual = Product(Product(sides, lower), inverse);
        double error = 0;
        var scores = new float[k];
        for (int i = 0; i < n; i++)
        {
            for (int c = 0; c < k; c++) scores[c] = sides[c][i] + mean[c] - (dual[c][i] / diagonal[i]);
            foreach (int c in targets[i]) error -= 2 * scores[c] - 1;
            foreach (float s in scores) error += s * s;
        }

        return error;
    }

    private static DenseRows Kernel(DenseRows left, DenseRows right, float gamma)
    {
        var kernel = Distances(left, right);
        Parallel.For(0, left.Count, i =>
        {
            foreach (ref float x in kernel[i]) x = MathF.Exp(-gamma * x);
        });
        return kernel;
    }

    private static DenseRows Distances(DenseRows left, DenseRows right)
    {
        // of rows far from zero what tells them apart would be lost in rounding: from their mean it is not
        float[] mean = Mean(right);
        var centred = Less(right, mean);
        (left, right) = (ReferenceEquals(left, right) ? centred : Less(left, mean), centred);
        var products = Product(left, right);
        float[] lengths = [.. Enumerable.Range(0, right.Count).Select(j => Metric.Dot(right[j], right[j]))];
        Parallel.For(0, left.Count, i =>
        {
            float own = Metric.Dot(left[i], left[i]);
            var row = products[i];
            for (int j = 0; j < row.Length; j++) row[j] = Math.Max(0, own + lengths[j] - (2 * row[j]));
        });
        return products;
    }

    private static float[] Mean(DenseRows rows)
    {
        var mean = new double[rows.Width];
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            for (int j = 0; j < row.Length; j++) mean[j] += row[j];
        }

        return [.. mean.Select(sum => (float)(sum / Math.Max(1, rows.Count)))];
    }

    private static DenseRows Less(DenseRows rows, float[] mean)
    {
        var less = new DenseRows([.. rows.Values], rows.Count, rows.Width);
        for (int i = 0; i < less.Count; i++) Add(less[i], mean, -1);
        return less;
    }

    /// <summary>The mean squared distance of two rows: twice the sum of the variances; 1 where all rows are alike.</summary>
    private static float MeanDistance(DenseRows rows)
    {
        double sum = 0;
        var mean = new double[rows.Width];
        for (int i = 0; i < rows.Count; i++)
            for (int j = 0; j < rows.Width; j++) mean[j] += rows[i][j] / (double)rows.Count;
        for (int i = 0; i < rows.Count; i++)
            for (int j = 0; j < rows.Width; j++) sum += Math.Pow(rows[i][j] - mean[j], 2);
        double distance = 2 * sum / rows.Count;
        return distance > 1e-12 ? (float)distance : 1;
    }

    private static int[] Sample(int count, int most)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        if (count <= most) return rows;
        new Random(11).Shuffle(rows);
        Array.Resize(ref rows, most);
        Array.Sort(rows);
        return rows;
    }

    private static void Add(Span<float> to, ReadOnlySpan<float> from, float times)
    {
        for (int i = 0; i < to.Length; i++) to[i] += times * from[i];
    }
}
