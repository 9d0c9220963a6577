using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Recommendation;

/// <summary>
/// Alternating least squares for implicit feedback (Hu, Koren and Volinsky 2008): every unseen pair counts 0 with weight 1, every like 1 with weight 1 + α; users and
/// items are solved for in turn, exactly. A user's vector follows from the items alone, so somebody new is a user like any other.
/// </summary>
internal sealed class AlsModel : IItemModel
{
    private readonly double[] _gram;

    public AlsModel(float[] vectors, int factors, double lambda, double alpha)
    {
        (Vectors, Factors, Lambda, Alpha) = (vectors, factors, lambda, alpha);
        _gram = Gram(vectors, factors, lambda);
    }

    /// <summary>Shape [items, factors].</summary>
    public float[] Vectors { get; }

    public int Factors { get; }

    public double Lambda { get; }

    public double Alpha { get; }

    public static AlsModel Train(InteractionTable table, ItemEvents events, int factors, double lambda, double alpha, int rounds, int seed, CancellationToken cancel = default)
    {
        int users = table.Users.Count, items = table.Items.Count;
        var random = new Random(seed);
        float[] ofItems = new float[items * factors], ofUsers = new float[users * factors];
        for (int i = 0; i < ofItems.Length; i++) ofItems[i] = (float)((random.NextDouble() - 0.5) * 0.2);
        for (int round = 0; round < rounds; round++)
        {
            SolveAll(users, u => Profile.Of(table, u, double.PositiveInfinity).Items, ofItems, ofUsers);
            SolveAll(items, i => events.UsersOf(i).ToArray(), ofUsers, ofItems);
        }

        return new(ofItems, factors, lambda, alpha);

        void SolveAll(int count, Func<int, int[]> liked, float[] from, float[] to)
        {
            double[] gram = Gram(from, factors, lambda);
            double[] inverse = Cholesky.Inverse([.. gram], factors, cancel);
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel }, i =>
            {
                int[] likes = liked(i);
                var x = to.AsSpan(i * factors, factors);
                if (alpha > 0 && likes.Length > 0 && likes.Length <= factors / 3) SolveFew(inverse, from, factors, alpha, likes, x);
                else Solve(gram, from, factors, alpha, likes, default, x);
            });
        }
    }

    public ReadOnlySpan<float> VectorOf(int item) => Vectors.AsSpan(item * Factors, Factors);

    /// <summary>The vector of a user, from what the user liked.</summary>
    public float[] VectorOf(in Profile profile)
    {
        float[] vector = new float[Factors];
        Solve(_gram, Vectors, Factors, Alpha, profile.Items, profile.Weights, vector);
        return vector;
    }

    public void Score(in Profile profile, Span<float> scores)
    {
        if (profile.Items.Length == 0)
        {
            scores.Clear();
            return;
        }

        float[] vector = VectorOf(profile);
        for (int i = 0; i < scores.Length; i++) scores[i] = Metric.Dot(vector, VectorOf(i));
    }

    public float Contribution(int liked, int item) => Metric.Dot(VectorOf(liked), VectorOf(item));

    public IEnumerable<SafetensorsTensor> Tensors() => [new("als.items", Vectors, Vectors.Length / Factors, Factors)];

    /// <summary>(YᵀY + λI + Σ c yyᵀ) x = Σ (w + c) y over the liked ones, c = αw.</summary>
    private static void Solve(double[] gram, float[] y, int f, double alpha, int[] liked, float[]? weights, Span<float> x)
    {
        if (liked.Length == 0)
        {
            x.Clear();
            return;
        }

        double[] matrix = [.. gram];
        Span<double> right = new double[f], row = new double[f];
        for (int l = 0; l < liked.Length; l++)
        {
            var vector = y.AsSpan(liked[l] * f, f);
            double weight = weights is null ? 1 : weights[l];
            for (int i = 0; i < f; i++) row[i] = vector[i];
            for (int i = 0; i < f; i++) Cholesky.AddScaled(alpha * weight * row[i], row[..(i + 1)], matrix.AsSpan(i * f, i + 1));
            Cholesky.AddScaled(weight * (1 + alpha), row, right);
        }

        Cholesky.Factor(matrix, f);
        Cholesky.Solve(matrix, f, right);
        for (int i = 0; i < f; i++) x[i] = (float)right[i];
    }

    /// <summary>
    /// The same for n likes, fewer than factors, by Woodbury's identity: with Y the likes' vectors and Z = Y(YᵀY + λI)⁻¹ over all, x = Zᵀ(I/α + ZYᵀ)⁻¹ (1 + α)/α.
    /// Most items have few likes, and this spares them a system of all factors.
    /// </summary>
    private static void SolveFew(double[] inverse, float[] y, int f, double alpha, int[] liked, Span<float> x)
    {
        int n = liked.Length;
        double[] z = new double[n * f], matrix = new double[n * n];
        Span<double> right = new double[n], sum = new double[f];
        for (int l = 0; l < n; l++)
        {
            var row = z.AsSpan(l * f, f);
            for (int i = 0; i < f; i++) Cholesky.AddScaled(y[(liked[l] * f) + i], inverse.AsSpan(i * f, f), row);
            for (int m = 0; m <= l; m++)
            {
                double dot = 0;
                for (int i = 0; i < f; i++) dot += row[i] * y[(liked[m] * f) + i];
                matrix[(l * n) + m] = dot + (l == m ? 1 / alpha : 0);
            }

            right[l] = (1 + alpha) / alpha;
        }

        Cholesky.Factor(matrix, n);
        Cholesky.Solve(matrix, n, right);
        for (int l = 0; l < n; l++) Cholesky.AddScaled(right[l], z.AsSpan(l * f, f), sum);
        for (int i = 0; i < f; i++) x[i] = (float)sum[i];
    }

    private static double[] Gram(float[] vectors, int f, double lambda)
    {
        double[] gram = new double[f * f], row = new double[f];
        for (int at = 0; at < vectors.Length; at += f)
        {
            for (int i = 0; i < f; i++) row[i] = vectors[at + i];
            for (int i = 0; i < f; i++) Cholesky.AddScaled(row[i], row.AsSpan(0, i + 1), gram.AsSpan(i * f, i + 1));
        }

        for (int i = 0; i < f; i++) gram[(i * f) + i] += lambda;
        return gram;
    }
}
