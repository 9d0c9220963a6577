using System.Numerics.Tensors;

namespace Kindred.Models.Distillation;

/// <summary>
/// Ridge regression for all token vectors at once: the sum of a text's vectors, over the root of its length, is to be the teacher's vector of the text, and no
/// vector is to leave its first place without need. Solved by conjugate gradients (Hestenes and Stiefel 1952), a system a dimension, on the sparse
/// matrix of texts by tokens; stopping early is part of the cure against learning the texts by heart.
/// </summary>
internal static class TokenFit
{
    private const float Ridge = 10;

    private const int Rounds = 20;

    /// <summary>Fits in place.</summary>
    /// <param name="rows">The tokens' vectors, shape [tokens, d].</param>
    /// <param name="texts">The token ids of each text.</param>
    /// <param name="targets">The teacher's vectors, shape [texts, d].</param>
    /// <param name="cancel">Stops between two rounds.</param>
    public static void Fit(float[][] rows, int[][] texts, float[][] targets, CancellationToken cancel)
    {
        int d = rows[0].Length;
        var uses = Transpose(texts, rows.Length);
        float[] scales = [.. texts.Select(ids => ids.Length == 0 ? 0 : 1 / MathF.Sqrt(ids.Length))];
        float[][] sums = Zeros(texts.Length, d), step = Zeros(rows.Length, d), product = Zeros(rows.Length, d);
        Stretch(rows, texts, scales, targets, sums);

        // the residual Aᵀ(B − A·X), and the first direction along it
        for (int t = 0; t < sums.Length; t++) TensorPrimitives.Subtract(targets[t], sums[t], sums[t]);
        float[][] residual = Zeros(rows.Length, d);
        Back(uses, scales, sums, residual);
        for (int i = 0; i < rows.Length; i++) residual[i].CopyTo(step[i], 0);
        double[] before = Squares(residual, residual);
        for (int round = 0; round < Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            Forth(texts, scales, step, sums);
            Back(uses, scales, sums, product);
            for (int i = 0; i < rows.Length; i++) TensorPrimitives.MultiplyAdd(step[i], Ridge, product[i], product[i]);
            float[] along = Ratio(before, Squares(step, product));
            for (int i = 0; i < rows.Length; i++)
            {
                TensorPrimitives.MultiplyAdd(step[i], along, rows[i], rows[i]);
                TensorPrimitives.Multiply(product[i], along, product[i]);
                TensorPrimitives.Subtract(residual[i], product[i], residual[i]);
            }

            double[] after = Squares(residual, residual);
            float[] turn = Ratio(after, before);
            for (int i = 0; i < rows.Length; i++) TensorPrimitives.MultiplyAdd(step[i], turn, residual[i], step[i]);
            before = after;
        }
    }

    /// <summary>Gives the first vectors the one scale at which they are nearest to the targets; leaves A·X in <paramref name="sums"/>.</summary>
    private static void Stretch(float[][] rows, int[][] texts, float[] scales, float[][] targets, float[][] sums)
    {
        Forth(texts, scales, rows, sums);
        double overlap = Squares(sums, targets).Sum(), length = Squares(sums, sums).Sum();
        float scale = length > 0 ? (float)(overlap / length) : 1;
        foreach (float[] row in rows) TensorPrimitives.Multiply(row, scale, row);
        foreach (float[] sum in sums) TensorPrimitives.Multiply(sum, scale, sum);
    }

    private static void Forth(int[][] texts, float[] scales, float[][] rows, float[][] sums) => Parallel.For(0, texts.Length, t =>
    {
        sums[t].AsSpan().Clear();
        foreach (int id in texts[t]) TensorPrimitives.MultiplyAdd(rows[id], scales[t], sums[t], sums[t]);
    });

    private static void Back(int[][] uses, float[] scales, float[][] sums, float[][] rows) => Parallel.For(0, uses.Length, i =>
    {
        rows[i].AsSpan().Clear();
        foreach (int t in uses[i]) TensorPrimitives.MultiplyAdd(sums[t], scales[t], rows[i], rows[i]);
    });

    /// <summary>The texts of each token, a text as often as it has the token.</summary>
    private static int[][] Transpose(int[][] texts, int tokens)
    {
        int[] counts = new int[tokens];
        foreach (int id in texts.SelectMany(ids => ids)) counts[id]++;
        int[][] uses = [.. counts.Select(count => new int[count])];
        for (int t = 0; t < texts.Length; t++)
            foreach (int id in texts[t]) uses[id][^counts[id]--] = t;
        return uses;
    }

    /// <summary>The inner product of two matrices, column by column, in double and in one order whatever the threads.</summary>
    private static double[] Squares(float[][] a, float[][] b)
    {
        double[] sums = new double[a[0].Length];
        for (int i = 0; i < a.Length; i++)
            for (int j = 0; j < sums.Length; j++) sums[j] += (double)a[i][j] * b[i][j];
        return sums;
    }

    private static float[] Ratio(double[] a, double[] b) => [.. a.Zip(b, (x, y) => y > 0 ? (float)(x / y) : 0)];

    private static float[][] Zeros(int rows, int d) => [.. Enumerable.Range(0, rows).Select(_ => new float[d])];
}
