using Kindred.Words.Kernels;

namespace Kindred.Words.Tests.Kernels;

public class AnalogyKernelTests
{
    [Theory]
    [InlineData(AnalogyRule.Add)]
    [InlineData(AnalogyRule.Multiply)]
    public unsafe void The_greatest_score_is_that_of_a_plain_loop_at_every_length(AnalogyRule rule)
    {
        var random = new Random(5);
        for (int n = 1; n < 80; n++)
        {
            float[] x = Numbers(), y = Numbers(), z = Numbers();
            float expected = Enumerable.Range(0, n).Max(i => rule == AnalogyRule.Add ? y[i] - x[i] + z[i] : y[i] * z[i] / (x[i] + 0.001f));
            fixed (float* a = x, b = y, c = z) Assert.Equal(expected, AnalogyKernel.Max(a, b, c, n, rule));

            float[] Numbers() => [.. Enumerable.Range(0, n).Select(_ => (float)random.NextDouble())];
        }
    }
}
