using System.Runtime.InteropServices;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Tests.Quantizers;

/// <summary>Look-ups in registers against plain sums in double precision.</summary>
public sealed unsafe class FastScanTests : IDisposable
{
    private const int MostGroups = 4096;

    private readonly byte* _codes = (byte*)NativeMemory.AlignedAlloc(MostGroups * FastScan.GroupBytes, 64);
    private readonly byte* _tables = (byte*)NativeMemory.AlignedAlloc(MostGroups * FastScan.GroupBytes, 64);
    private readonly ushort* _sums = (ushort*)NativeMemory.AlignedAlloc(FastScan.Codes * sizeof(ushort), 64);

    public static TheoryData<int> Dimensions => [.. Enumerable.Range(1, 300), 1000, 1024, 1028, 1536, 4096, 16_000];

    [Theory, MemberData(nameof(Dimensions))]
    public void A_sum_is_that_of_the_rounded_tables_and_near_that_of_the_vectors(int dimensions)
    {
        int size = (dimensions + 63) & ~63, groups = size / FastScan.GroupSize;
        var random = new Random(dimensions);
        float[] query = Vector(), other = Vector();
        float[][] vectors = [.. Enumerable.Range(0, FastScan.Codes).Select(_ => Vector())];
        new Span<byte>(_codes, groups * FastScan.GroupBytes).Clear();
        for (int i = 0; i < vectors.Length; i++)
        {
            var (magnitudes, signedSum) = FastScan.Encode(vectors[i], other, _codes, i);
            double tolerance = 1e-5 * (1 + other.Sum(v => Math.Abs((double)v)) + vectors[i].Sum(v => Math.Abs((double)v)));
            Assert.Equal(vectors[i].Sum(v => Math.Abs((double)v)), magnitudes, tolerance);
            Assert.Equal(Signed(vectors[i], other), signedSum, tolerance);
        }

        FastScan.Prepare(query, _tables, out float step, out float least);
        FastScan.Add(_codes, _tables, groups, _sums);
        for (int i = 0; i < vectors.Length; i++)
        {
            int steps = 0;
            for (int g = 0; g < groups; g++)
            {
                int signs = 0;
                for (int b = 0; b < FastScan.GroupSize; b++) signs |= (float.IsNegative(vectors[i][(g * FastScan.GroupSize) + b]) ? 0 : 1) << b;
                steps += _tables[(g * FastScan.GroupBytes) + signs];
            }

            Assert.Equal(steps, _sums[i]);

            // each group is rounded by half a step at most
            Assert.Equal(Signed(vectors[i], query), least + ((double)step * steps), (groups * 0.501 * step) + 1e-4);
        }

        float[] Vector() => [.. Enumerable.Range(0, size).Select(i => i < dimensions ? (float)(random.NextDouble() - 0.5) : 0)];
    }

    [Fact]
    public void The_largest_sums_fit()
    {
        // signs equal to the query's: every table gives its highest step, and 16 bits must hold them all
        foreach (int size in new[] { 64, 1024, 1088, 16_384 })
        {
            float[] query = [.. Enumerable.Range(0, size).Select(i => i % 3 == 0 ? -1f : 1f)];
            new Span<byte>(_codes, size / FastScan.GroupSize * FastScan.GroupBytes).Clear();
            for (int i = 0; i < FastScan.Codes; i++) FastScan.Encode(query, query, _codes, i);
            FastScan.Prepare(query, _tables, out float step, out float least);
            FastScan.Add(_codes, _tables, size / FastScan.GroupSize, _sums);
            for (int i = 0; i < FastScan.Codes; i++) Assert.Equal(size, least + ((double)step * _sums[i]), size * 0.01);
        }
    }

    [Fact]
    public void A_query_of_zeros_gives_zero()
    {
        FastScan.Prepare(new float[128], _tables, out float step, out float least);
        new Span<byte>(_codes, 512).Fill(0x5A);
        FastScan.Add(_codes, _tables, 32, _sums);
        for (int i = 0; i < FastScan.Codes; i++) Assert.Equal(0, least + (step * _sums[i]));
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_codes);
        NativeMemory.AlignedFree(_tables);
        NativeMemory.AlignedFree(_sums);
    }

    private static double Signed(float[] signs, float[] values) => signs.Zip(values).Sum(pair => float.IsNegative(pair.First) ? -(double)pair.Second : pair.Second);
}
