using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Reduction;

/// <summary>
/// UMAP (McInnes, Healy and Melville 2018). Distances are Euclidean. In each round every point moves by the places that the others had at its end of the round before, and draws its
/// negative samples from numbers of its own, so that the same seed gives the same map on any number of cores.
/// </summary>
public static class Umap
{
    /// <summary>Points of one piece of parallel work.</summary>
    private const int Piece = 256;

    /// <summary>Rounds of the power iteration that begins the map; it need not converge.</summary>
    private const int StartRounds = 60;

    /// <summary>Places rows on a map so that near ones stay near.</summary>
    /// <param name="rows">Shape [n, d], n at least 1, finite.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Shape [n][components], around 0.</returns>
    /// <exception cref="ArgumentException">There are no rows, their lengths differ, or a component is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public static float[][] Project(IReadOnlyList<ReadOnlyMemory<float>> rows, UmapOptions? options = null, Action<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new UmapOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Neighbors, 2, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Components, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.NegativeSamples, 1, nameof(options));
        if (!(options.MinDistance is >= 0 and < 3)) throw new ArgumentOutOfRangeException(nameof(options), options.MinDistance, "MinDistance is 0 to below 3.");
        int epochs = options.Epochs ?? (rows.Count <= 10_000 ? 500 : 200);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1, nameof(options));
        int d = RowMatrix.Width(rows), n = rows.Count;
        for (int i = 0; i < n; i++)
            if (Metric.IndexOfNonFinite(rows[i].Span) >= 0) throw new ArgumentException($"Row {i} has a component that is not finite.", nameof(rows));
        if (n < 4) return Unflatten(Plane(rows, options.Components, cancel), options.Components);   // no neighbourhood to keep
        var graph = FuzzyGraph.Of(Nearest.FindMost(rows, Math.Min(options.Neighbors, n) - 1, cancel));
        float[] at = Start(rows, graph, options.Components, cancel);
        at = Settle(graph, at, options, epochs, progress, cancel);
        RowMatrix.Centre(at, options.Components);
        return Unflatten(at, options.Components);
    }

    /// <summary>The a and b whose 1 / (1 + a·x^2b) fits best, over 0 to 3, the curve that is 1 up to the least distance and falls as exp(−x) beyond.</summary>
    internal static (double A, double B) Curve(double minDistance)
    {
        const int Points = 300;
        double a = 1, b = 1, damping = 1e-3, error = Error(a, b);
        for (int round = 0; round < 200; round++)
        {
            // Levenberg-Marquardt in two unknowns
            double aa = 0, ab = 0, bb = 0, ga = 0, gb = 0;
            for (int i = 1; i < Points; i++)
            {
                double x = 3.0 * i / (Points - 1), power = Math.Pow(x, 2 * b), bottom = 1 + (a * power), rest = Wanted(x) - (1 / bottom);
                double da = -power / (bottom * bottom), db = -2 * a * power * Math.Log(x) / (bottom * bottom);
                (aa, ab, bb) = (aa + (da * da), ab + (da * db), bb + (db * db));
                (ga, gb) = (ga + (da * rest), gb + (db * rest));
            }

            double p = aa * (1 + damping), q = bb * (1 + damping), determinant = (p * q) - (ab * ab);
            double stepA = ((q * ga) - (ab * gb)) / determinant, stepB = ((p * gb) - (ab * ga)) / determinant, next = Error(a + stepA, b + stepB);
            if (next < error)
            {
                (a, b, damping) = (a + stepA, b + stepB, damping / 3);
                if (error - next < 1e-15) break;
                error = next;
            }
            else
            {
                damping *= 4;
                if (damping > 1e12) break;
            }
        }

        return (a, b);

        double Wanted(double x) => x < minDistance ? 1 : Math.Exp(-(x - minDistance));

        double Error(double a, double b)
        {
            if (!(a > 0) || !(b > 0)) return double.PositiveInfinity;
            double sum = 0;
            for (int i = 0; i < Points; i++)
            {
                double x = 3.0 * i / (Points - 1), rest = Wanted(x) - (1 / (1 + (a * Math.Pow(x, 2 * b))));
                sum += rest * rest;
            }

            return sum;
        }
    }

    private static float[] Settle(FuzzyGraph graph, float[] at, UmapOptions options, int epochs, Action<double>? progress, CancellationToken cancel)
    {
        int components = options.Components, n = at.Length / components;
        var forces = new UmapForces(Curve(options.MinDistance), components);
        float strongest = graph.Weights.Max();
        float[] next = new float[at.Length];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            cancel.ThrowIfCancellationRequested();
            float rate = 1 - (epoch / (float)epochs);
            float[] now = at, moved = next;
            int round = epoch;
            Parallel.For(0, (n + Piece - 1) / Piece, piece =>
            {
                Span<int> others = stackalloc int[UmapForces.Lanes];
                for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++)
                {
                    var place = moved.AsSpan(i * components, components);
                    now.AsSpan(i * components, components).CopyTo(place);
                    ulong drawn = Mix(((ulong)(uint)options.Seed << 32) ^ ((ulong)(uint)round * 0x9E3779B97F4A7C15UL) ^ Mix((ulong)(uint)i));
                    for (int e = graph.Starts[i]; e < graph.Starts[i + 1]; e++)
                    {
                        // an edge takes part in as many rounds as its weight says, evenly spread
                        float share = graph.Weights[e] / strongest;
                        if ((int)((round + 1) * share) == (int)(round * share)) continue;

                        // the one that pulls stands first, those that push after it
                        others[0] = graph.Others[e];
                        int filled = 1;
                        bool pulls = true;
                        for (int s = 0; s < options.NegativeSamples; s++)
                        {
                            drawn = Next(drawn);
                            others[filled++] = (int)(((drawn >> 32) * (ulong)n) >> 32);
                            if (filled < others.Length && s + 1 < options.NegativeSamples) continue;
                            forces.Move(place, now, others[..filled], pulls, rate);
                            (filled, pulls) = (0, false);
                        }
                    }
                }
            });
            (at, next) = (next, at);
            if (epoch % 10 == 0) progress?.Invoke(epoch / (double)epochs);
        }

        return at;
    }

    /// <summary>The slowest modes of a walk on the graph, roughly: the principal components, let diffuse. Within ±10; rows that are equal begin a hair apart, or they would never part.</summary>
    private static float[] Start(IReadOnlyList<ReadOnlyMemory<float>> rows, FuzzyGraph graph, int components, CancellationToken cancel)
    {
        int n = rows.Count;
        float[] at = Plane(rows, components, cancel);
        Hair(at, 1e-4f * Largest(at));
        double[] degree = new double[n];
        for (int i = 0; i < n; i++)
            for (int e = graph.Starts[i]; e < graph.Starts[i + 1]; e++) degree[i] += graph.Weights[e];
        double all = degree.Sum();
        float[] next = new float[at.Length];
        for (int round = 0; round < StartRounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            float[] now = at, walked = next;
            Parallel.For(0, (n + Piece - 1) / Piece, piece =>
            {
                for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++)
                    for (int c = 0; c < components; c++)
                    {
                        double sum = 0;
                        for (int e = graph.Starts[i]; e < graph.Starts[i + 1]; e++) sum += (double)graph.Weights[e] * now[(graph.Others[e] * components) + c];
                        walked[(i * components) + c] = (float)((now[(i * components) + c] + (sum / degree[i])) / 2);
                    }
            });
            (at, next) = (next, at);
            Orthogonalise(at, components, degree, all);
        }

        float largest = Largest(at);
        if (largest > 0)
            for (int i = 0; i < at.Length; i++) at[i] *= 10 / largest;
        Hair(at, 1e-3f);
        return at;
    }

    /// <summary>Takes the mean out of each component, and what it shares with those before; then all have one length.</summary>
    private static void Orthogonalise(float[] at, int components, double[] degree, double all)
    {
        for (int c = 0; c < components; c++)
        {
            double mean = 0;
            for (int i = 0; i < degree.Length; i++) mean += degree[i] * at[(i * components) + c];
            for (int i = 0; i < degree.Length; i++) at[(i * components) + c] -= (float)(mean / all);
            for (int e = 0; e < c; e++)
            {
                double shared = Product(c, e);
                for (int i = 0; i < degree.Length; i++) at[(i * components) + c] -= (float)shared * at[(i * components) + e];
            }

            double length = Math.Sqrt(Product(c, c));
            if (!(length > 0)) continue;
            for (int i = 0; i < degree.Length; i++) at[(i * components) + c] /= (float)length;
        }

        double Product(int c, int e)
        {
            double sum = 0;
            for (int i = 0; i < degree.Length; i++) sum += degree[i] * at[(i * components) + c] * at[(i * components) + e];
            return sum;
        }
    }

    /// <summary>Principal components, zeros where the rows have fewer.</summary>
    private static float[] Plane(IReadOnlyList<ReadOnlyMemory<float>> rows, int components, CancellationToken cancel)
    {
        float[][] plane = Pca.Project(rows, Math.Min(components, rows[0].Length), cancel);
        var at = new float[rows.Count * components];
        for (int i = 0; i < plane.Length; i++) plane[i].CopyTo(at, i * components);
        return at;
    }

    private static void Hair(float[] at, float width)
    {
        for (int i = 0; i < at.Length; i++) at[i] += width * (((Mix((ulong)i) >> 40) / (float)(1 << 24)) - 0.5f);
    }

    private static float Largest(float[] at)
    {
        float largest = 0;
        foreach (float value in at) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private static float[][] Unflatten(float[] at, int components) => [.. at.Chunk(components)];

    private static ulong Next(ulong state)
    {
        state ^= state << 13;
        state ^= state >> 7;
        return state ^ (state << 17);
    }

    /// <summary>The finaliser of MurmurHash3; never 0, at which xorshift would stay.</summary>
    private static ulong Mix(ulong x)
    {
        x ^= x >> 33;
        x *= 0xFF51AFD7ED558CCDUL;
        x ^= x >> 33;
        x *= 0xC4CEB9FE1A85EC53UL;
        x ^= x >> 33;
        return x | 1;
    }
}
