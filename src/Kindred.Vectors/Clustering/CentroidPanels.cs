using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Clustering;

/// <summary>
/// Centroids laid out for comparison with many vectors: in panels of 16, component by component, so that one load serves 16 centroids and no
/// sum across lanes is needed. What is compared is x·c + bias(c). Immutable.
/// </summary>
internal sealed unsafe class CentroidPanels
{
    /// <summary>Centroids of a panel.</summary>
    public const int Width = 16;

    /// <summary>Vectors compared at once: as many running sums as the multiply units need to stay busy.</summary>
    public const int Rows = 8;

    private readonly float[] _panels;   // pinned
    private readonly float[] _bias;

    /// <summary>Lays out centroids.</summary>
    /// <param name="centroids">Row-major, shape [count, dimensions].</param>
    /// <param name="dimensions">Length of a centroid.</param>
    /// <param name="bias">Shape [count].</param>
    public CentroidPanels(ReadOnlySpan<float> centroids, int dimensions, ReadOnlySpan<float> bias)
    {
        Dimensions = dimensions;
        Count = bias.Length;
        Panels = (Count + Width - 1) / Width;
        _panels = GC.AllocateArray<float>(checked(Panels * Width * dimensions), pinned: true);
        _bias = GC.AllocateArray<float>(Panels * Width, pinned: true);
        bias.CopyTo(_bias);
        _bias.AsSpan(Count).Fill(float.NegativeInfinity);   // never the nearest
        for (int c = 0; c < Count; c++)
            for (int i = 0; i < dimensions; i++)
                _panels[((((nint)(c / Width)) * dimensions + i) * Width) + (c % Width)] = centroids[(c * dimensions) + i];
    }

    public int Dimensions { get; }

    public int Count { get; }

    public int Panels { get; }

    /// <summary>The bias −|c|²/2, under which the largest x·c + bias is the nearest centroid.</summary>
    public static float[] DistanceBias(ReadOnlySpan<float> centroids, int dimensions)
    {
        var bias = new float[centroids.Length / dimensions];
        for (int c = 0; c < bias.Length; c++)
        {
            var row = centroids.Slice(c * dimensions, dimensions);
            bias[c] = -0.5f * Metric.Dot(row, row);
        }

        return bias;
    }

    /// <summary>Finds the centroid of largest x·c + bias for each row; equal ones: the first.</summary>
    /// <param name="rows">Shape [count, dimensions], row-major.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="nearest">Receives the centroid of each.</param>
    /// <param name="scores">Receives its x·c + bias.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Nearest(float* rows, int count, int* nearest, float* scores)
    {
        float* sums = stackalloc float[Rows * Width];
        float** row = stackalloc float*[Rows];
        fixed (float* panels = _panels, biases = _bias)
        {
            for (int at = 0; at < count; at += Rows)
            {
                int rest = Math.Min(Rows, count - at);
                for (int r = 0; r < Rows; r++) row[r] = rows + ((nint)(at + Math.Min(r, rest - 1)) * Dimensions);
                for (int r = 0; r < rest; r++) (nearest[at + r], scores[at + r]) = (0, float.NegativeInfinity);
                for (int p = 0; p < Panels; p++)
                {
                    Multiply(row, panels + ((nint)p * Width * Dimensions), Dimensions, sums);
                    float* bias = biases + (p * Width);
                    for (int r = 0; r < rest; r++)
                    {
                        float* sum = sums + (r * Width);
                        float best = scores[at + r];
                        if (Vector512.IsHardwareAccelerated)
                        {
                            var all = Vector512.Load(sum) + Vector512.Load(bias);
                            ulong better = Vector512.GreaterThan(all, Vector512.Create(best)).ExtractMostSignificantBits();
                            if (better == 0) continue;
                            all.Store(sum);
                        }
                        else
                        {
                            for (int i = 0; i < Width; i++) sum[i] += bias[i];
                        }

                        for (int i = 0; i < Width; i++)
                        {
                            if (!(sum[i] > best)) continue;
                            best = sum[i];
                            nearest[at + r] = (p * Width) + i;
                        }

                        scores[at + r] = best;
                    }
                }
            }
        }
    }

    /// <summary>x·c of one vector with every centroid; those past the last are 0.</summary>
    /// <param name="x">Shape [dimensions].</param>
    /// <param name="products">Receives <see cref="Panels"/> × 16 values.</param>
    public void Multiply(float* x, float* products) => Score(x, 0, products);

    /// <summary>x·c + share · bias of one vector with every centroid.</summary>
    /// <param name="x">Shape [dimensions].</param>
    /// <param name="share">How much of the bias counts, 0 or more.</param>
    /// <param name="scores">Receives <see cref="Panels"/> × 16 values; those past the last centroid are −∞, or 0 when the share is.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Score(float* x, float share, float* scores)
    {
        int d = Dimensions;
        fixed (float* panels = _panels, bias = _bias)
        {
            float* panel = panels;
            for (int p = 0; p < Panels; p++, panel += (nint)d * Width)
            {
                float* to = scores + (p * Width);
                if (Vector512.IsHardwareAccelerated)
                {
                    var (s0, s1, s2, s3) = (share == 0 ? Vector512<float>.Zero : Vector512.Load(bias + (p * Width)) * share, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
                    int i = 0;
                    for (; i <= d - 4; i += 4)
                    {
                        float* c = panel + (i * Width);
                        s0 = Vector512.MultiplyAddEstimate(Vector512.Create(x[i]), Vector512.Load(c), s0);
                        s1 = Vector512.MultiplyAddEstimate(Vector512.Create(x[i + 1]), Vector512.Load(c + Width), s1);
                        s2 = Vector512.MultiplyAddEstimate(Vector512.Create(x[i + 2]), Vector512.Load(c + (2 * Width)), s2);
                        s3 = Vector512.MultiplyAddEstimate(Vector512.Create(x[i + 3]), Vector512.Load(c + (3 * Width)), s3);
                    }

                    for (; i < d; i++) s0 = Vector512.MultiplyAddEstimate(Vector512.Create(x[i]), Vector512.Load(panel + (i * Width)), s0);
                    (s0 + s1 + (s2 + s3)).Store(to);
                    continue;
                }

                for (int half = 0; half < Width; half += 8)
                {
                    var (s, t) = (share == 0 ? Vector256<float>.Zero : Vector256.Load(bias + (p * Width) + half) * share, Vector256<float>.Zero);
                    int i = 0;
                    for (; i <= d - 2; i += 2)
                    {
                        s = Vector256.MultiplyAddEstimate(Vector256.Create(x[i]), Vector256.Load(panel + (i * Width) + half), s);
                        t = Vector256.MultiplyAddEstimate(Vector256.Create(x[i + 1]), Vector256.Load(panel + ((i + 1) * Width) + half), t);
                    }

                    if (i < d) s = Vector256.MultiplyAddEstimate(Vector256.Create(x[i]), Vector256.Load(panel + (i * Width) + half), s);
                    (s + t).Store(to + half);
                }
            }
        }
    }

    /// <summary>Eight rows times one panel: dot products of shape [8, 16].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float** row, float* panel, nint d, float* sums)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            float* x0 = row[0], x1 = row[1], x2 = row[2], x3 = row[3], x4 = row[4], x5 = row[5], x6 = row[6], x7 = row[7];
            var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            var (s4, s5, s6, s7) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            for (nint i = 0; i < d; i++, panel += Width)
            {
                var c = Vector512.Load(panel);
                s0 = Vector512.MultiplyAddEstimate(Vector512.Create(x0[i]), c, s0);
                s1 = Vector512.MultiplyAddEstimate(Vector512.Create(x1[i]), c, s1);
                s2 = Vector512.MultiplyAddEstimate(Vector512.Create(x2[i]), c, s2);
                s3 = Vector512.MultiplyAddEstimate(Vector512.Create(x3[i]), c, s3);
                s4 = Vector512.MultiplyAddEstimate(Vector512.Create(x4[i]), c, s4);
                s5 = Vector512.MultiplyAddEstimate(Vector512.Create(x5[i]), c, s5);
                s6 = Vector512.MultiplyAddEstimate(Vector512.Create(x6[i]), c, s6);
                s7 = Vector512.MultiplyAddEstimate(Vector512.Create(x7[i]), c, s7);
            }

            s0.Store(sums);
            s1.Store(sums + Width);
            s2.Store(sums + (2 * Width));
            s3.Store(sums + (3 * Width));
            s4.Store(sums + (4 * Width));
            s5.Store(sums + (5 * Width));
            s6.Store(sums + (6 * Width));
            s7.Store(sums + (7 * Width));
            return;
        }

        for (int r = 0; r < Rows; r += 4)
        {
            float* x0 = row[r], x1 = row[r + 1], x2 = row[r + 2], x3 = row[r + 3];
            var (s0, s1, s2, s3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            var (t0, t1, t2, t3) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            float* c = panel;
            for (nint i = 0; i < d; i++, c += Width)
            {
                var (a, b) = (Vector256.Load(c), Vector256.Load(c + 8));
                var x = Vector256.Create(x0[i]);
                (s0, t0) = (Vector256.MultiplyAddEstimate(x, a, s0), Vector256.MultiplyAddEstimate(x, b, t0));
                x = Vector256.Create(x1[i]);
                (s1, t1) = (Vector256.MultiplyAddEstimate(x, a, s1), Vector256.MultiplyAddEstimate(x, b, t1));
                x = Vector256.Create(x2[i]);
                (s2, t2) = (Vector256.MultiplyAddEstimate(x, a, s2), Vector256.MultiplyAddEstimate(x, b, t2));
                x = Vector256.Create(x3[i]);
                (s3, t3) = (Vector256.MultiplyAddEstimate(x, a, s3), Vector256.MultiplyAddEstimate(x, b, t3));
            }

            float* to = sums + (r * Width);
            s0.Store(to);
            t0.Store(to + 8);
            s1.Store(to + Width);
            t1.Store(to + Width + 8);
            s2.Store(to + (2 * Width));
            t2.Store(to + (2 * Width) + 8);
            s3.Store(to + (3 * Width));
            t3.Store(to + (3 * Width) + 8);
        }
    }
}
