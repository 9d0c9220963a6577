using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Kindred.Words.Training;

/// <summary>The step that all the networks of this folder share: two input rows against six output rows, each pair a logistic regression.</summary>
/// <remarks>Taking pairs together, with negatives shared by all the words of a window, turns vector operations into small matrix products that
/// live in registers (Ji, Satish, Li &amp; Dubey 2016, "Parallelizing word2vec in shared and distributed memory"). Dot products and gradients of a tile
/// are exact; the next tile sees what this one wrote, so the steps lie nearer to pair-by-pair descent than a whole window at once.</remarks>
internal static unsafe class Tile
{
    /// <summary>Output rows a tile.</summary>
    internal const int Targets = 6;

    /// <summary>Input rows a tile.</summary>
    internal const int Inputs = 2;

    /// <summary>Room for the scores of an input row: six, padded.</summary>
    internal const int RowOfScores = 8;

    /// <summary>One step of descent: g = rate · (label − σ(x · o)); o += g x; x += g o.</summary>
    /// <param name="x0">First input row.</param>
    /// <param name="x1">Second input row; must be another row.</param>
    /// <param name="outputs">Six output rows.</param>
    /// <param name="labels">Shape [2, 8]: 1 where the pair belongs together, else 0; the last two of each eight do not count.</param>
    /// <param name="rates">Shape [2, 8]: learning rates; 0 leaves a pair out.</param>
    /// <param name="stride">Length of a row.</param>
    /// <returns>σ of the scores, shape [2, 8] as one vector.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Step(float* x0, float* x1, float** outputs, float* labels, Vector512<float> rates, int stride)
    {
        if (Vector512.IsHardwareAccelerated) return Step<Lanes512>(x0, x1, outputs, labels, rates, stride);
        return Vector256.IsHardwareAccelerated
            ? Step<Lanes256>(x0, x1, outputs, labels, rates, stride)
            : Step<Lanes128>(x0, x1, outputs, labels, rates, stride);
    }

    private static Vector512<float> Step<T>(float* x0, float* x1, float** outputs, float* labels, Vector512<float> rates, int stride)
        where T : struct, ILanes<T>
    {
        float* o0 = outputs[0], o1 = outputs[1], o2 = outputs[2], o3 = outputs[3], o4 = outputs[4], o5 = outputs[5];
        T a0 = T.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
        for (int i = 0; i < stride; i += T.Count)
        {
            T x = T.Load(x0 + i), y = T.Load(x1 + i);
            T o = T.Load(o0 + i);
            a0 = T.MultiplyAdd(x, o, a0);
            b0 = T.MultiplyAdd(y, o, b0);
            o = T.Load(o1 + i);
            a1 = T.MultiplyAdd(x, o, a1);
            b1 = T.MultiplyAdd(y, o, b1);
            o = T.Load(o2 + i);
            a2 = T.MultiplyAdd(x, o, a2);
            b2 = T.MultiplyAdd(y, o, b2);
            o = T.Load(o3 + i);
            a3 = T.MultiplyAdd(x, o, a3);
            b3 = T.MultiplyAdd(y, o, b3);
            o = T.Load(o4 + i);
            a4 = T.MultiplyAdd(x, o, a4);
            b4 = T.MultiplyAdd(y, o, b4);
            o = T.Load(o5 + i);
            a5 = T.MultiplyAdd(x, o, a5);
            b5 = T.MultiplyAdd(y, o, b5);
        }
        var none = Vector128<float>.Zero;
        var scores = Vector512.Create(
            Vector256.Create(Sum(a0.Fold(), a1.Fold(), a2.Fold(), a3.Fold()), Sum(a4.Fold(), a5.Fold(), none, none)),
            Vector256.Create(Sum(b0.Fold(), b1.Fold(), b2.Fold(), b3.Fold()), Sum(b4.Fold(), b5.Fold(), none, none)));
        var sigma = Sigmoid(scores);
        float* g = stackalloc float[2 * RowOfScores];
        ((Vector512.Load(labels) - sigma) * rates).Store(g);

        T g0 = T.All(g[0]), g1 = T.All(g[1]), g2 = T.All(g[2]), g3 = T.All(g[3]), g4 = T.All(g[4]), g5 = T.All(g[5]);
        T h0 = T.All(g[8]), h1 = T.All(g[9]), h2 = T.All(g[10]), h3 = T.All(g[11]), h4 = T.All(g[12]), h5 = T.All(g[13]);
        for (int i = 0; i < stride; i += T.Count)
        {
            T x = T.Load(x0 + i), y = T.Load(x1 + i), u = x, v = y;
            T o = T.Load(o0 + i);
            u = T.MultiplyAdd(g0, o, u);
            v = T.MultiplyAdd(h0, o, v);
            T.MultiplyAdd(g0, x, T.MultiplyAdd(h0, y, o)).Store(o0 + i);
            o = T.Load(o1 + i);
            u = T.MultiplyAdd(g1, o, u);
            v = T.MultiplyAdd(h1, o, v);
            T.MultiplyAdd(g1, x, T.MultiplyAdd(h1, y, o)).Store(o1 + i);
            o = T.Load(o2 + i);
            u = T.MultiplyAdd(g2, o, u);
            v = T.MultiplyAdd(h2, o, v);
            T.MultiplyAdd(g2, x, T.MultiplyAdd(h2, y, o)).Store(o2 + i);
            o = T.Load(o3 + i);
            u = T.MultiplyAdd(g3, o, u);
            v = T.MultiplyAdd(h3, o, v);
            T.MultiplyAdd(g3, x, T.MultiplyAdd(h3, y, o)).Store(o3 + i);
            o = T.Load(o4 + i);
            u = T.MultiplyAdd(g4, o, u);
            v = T.MultiplyAdd(h4, o, v);
            T.MultiplyAdd(g4, x, T.MultiplyAdd(h4, y, o)).Store(o4 + i);
            o = T.Load(o5 + i);
            u = T.MultiplyAdd(g5, o, u);
            v = T.MultiplyAdd(h5, o, v);
            T.MultiplyAdd(g5, x, T.MultiplyAdd(h5, y, o)).Store(o5 + i);
            u.Store(x0 + i);
            v.Store(x1 + i);
        }
        return sigma;
    }

    /// <summary>The sums of four vectors' lanes, as the four lanes of one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sum(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (Sse.IsSupported)
        {
            // a 4 x 4 transposition whose rows are added as they come
            var (ab, cd) = (Sse.UnpackLow(a, b) + Sse.UnpackHigh(a, b), Sse.UnpackLow(c, d) + Sse.UnpackHigh(c, d));
            return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
        }
        return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
    }

    /// <summary>1 / (1 + e^-x).</summary>
    private static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-x));
}
