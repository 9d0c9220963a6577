using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kindred.Words.Training;

/// <summary>One step of AdaGrad on one entry of the co-occurrence matrix.</summary>
/// <remarks>J. Pennington, R. Socher, C. D. Manning, "GloVe: global vectors for word representation", EMNLP 2014, equation 8; J. Duchi, E. Hazan,
/// Y. Singer, "Adaptive subgradient methods", 2011, as their program has it: the sums are of squared steps, learning rate included, and begin at 1.
/// A word's row is [w, b, 1, 0 …], a context's [v, 1, c, 0 …]: so one dot product is w · v + b + c, and one loop updates vectors and biases.</remarks>
internal static unsafe class GloveStep
{
    /// <summary>Numbers of a row after the vector.</summary>
    internal const int Biases = 2;

    /// <summary>One step: e = word · context − log; each row −= rate · weight · e · (the other) / √(its sums).</summary>
    /// <param name="word">The word's row; its sums of squares lie one stride further.</param>
    /// <param name="context">The context's row, likewise; never the word's.</param>
    /// <param name="log">What the rows' product should be.</param>
    /// <param name="weight">How much the entry counts.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="dimensions">Length of the vectors.</param>
    /// <param name="stride">Length of a row.</param>
    /// <returns>e, before the step.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Step(float* word, float* context, float log, float weight, float rate, int dimensions, int stride)
    {
        if (Vector512.IsHardwareAccelerated) return Step<Lanes512>(word, context, log, weight, rate, dimensions, stride);
        return Vector256.IsHardwareAccelerated
            ? Step<Lanes256>(word, context, log, weight, rate, dimensions, stride)
            : Step<Lanes128>(word, context, log, weight, rate, dimensions, stride);
    }

    private static float Step<T>(float* word, float* context, float log, float weight, float rate, int dimensions, int stride)
        where T : struct, ILanes<T>
    {
        T sum = T.Zero;
        for (int i = 0; i < stride; i += T.Count) sum = T.MultiplyAdd(T.Load(word + i), T.Load(context + i), sum);
        float error = Vector128.Sum(sum.Fold()) - log;
        T back = T.All(-rate * weight * error);
        float* wordSums = word + stride, contextSums = context + stride;
        for (int i = 0; i < stride; i += T.Count)
        {
            T w = T.Load(word + i), c = T.Load(context + i), ws = T.Load(wordSums + i), cs = T.Load(contextSums + i);
            T wordStep = T.MultiplyAdd(back, c, T.Zero), contextStep = T.MultiplyAdd(back, w, T.Zero);
            T.MultiplyAdd(wordStep, T.ReciprocalSqrtEstimate(ws), w).Store(word + i);
            T.MultiplyAdd(contextStep, T.ReciprocalSqrtEstimate(cs), c).Store(context + i);
            T.MultiplyAdd(wordStep, wordStep, ws).Store(wordSums + i);
            T.MultiplyAdd(contextStep, contextStep, cs).Store(contextSums + i);
        }
        word[dimensions + 1] = 1;
        context[dimensions] = 1;
        return error;
    }
}
