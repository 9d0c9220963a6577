using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kindred.Words.Training;

namespace Kindred.Words.Tests.Training;

public unsafe class TileTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(112)]
    [InlineData(304)]
    public void A_step_is_that_of_double_precision(int stride)
    {
        var random = new Random(stride);
        float* block = (float*)NativeMemory.AlignedAlloc((nuint)(((8 * stride) + 32) * sizeof(float)), 64);
        float** outputs = stackalloc float*[6];
        for (int i = 0; i < 6; i++) outputs[i] = block + ((i + 2) * stride);
        float* labels = block + (8 * stride), rates = labels + 16;
        for (int i = 0; i < 8 * stride; i++) block[i] = (random.NextSingle() - 0.5f) / 2;
        for (int i = 0; i < 16; i++) (labels[i], rates[i]) = (random.Next(2), i % 5 == 4 ? 0 : random.NextSingle());
        double[] before = [.. new Span<float>(block, 8 * stride).ToArray().Select(x => (double)x)], after = (double[])before.Clone();
        double[] sigma = new double[16];
        for (int x = 0; x < 2; x++)
        {
            for (int o = 0; o < 6; o++)
            {
                double score = 0;
                for (int i = 0; i < stride; i++) score += before[(x * stride) + i] * before[((o + 2) * stride) + i];
                sigma[(8 * x) + o] = 1 / (1 + Math.Exp(-score));
                double g = (labels[(8 * x) + o] - sigma[(8 * x) + o]) * rates[(8 * x) + o];
                for (int i = 0; i < stride; i++)
                {
                    after[(x * stride) + i] += g * before[((o + 2) * stride) + i];
                    after[((o + 2) * stride) + i] += g * before[(x * stride) + i];
                }
            }
        }

        var found = Tile.Step(block, block + stride, outputs, labels, Vector512.Load(rates), stride);

        for (int i = 0; i < 8 * stride; i++) Assert.Equal(after[i], block[i], 1e-5);
        for (int x = 0; x < 2; x++)
            for (int o = 0; o < 6; o++) Assert.Equal(sigma[(8 * x) + o], found[(8 * x) + o], 1e-5);
        NativeMemory.AlignedFree(block);
    }

    [Fact]
    public void A_row_is_added_in_full()
    {
        using var rows = new RowMatrix(2, 100);
        for (int i = 0; i < 100; i++) (rows[0][i], rows[1][i]) = (i, 2 * i);
        RowStep.Add(rows.Row(0), rows.Row(1), 0.5f, rows.Stride);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 2f * i), rows[0].ToArray());
    }
}
