using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench;

/// <summary>Exact search beside the memory bandwidth: the index's own rows are read once with wide loads, then searched, in turns, on one thread.</summary>
internal static unsafe class FlatScan
{
    private const int Batch = 100, BatchRounds = 9;

    public static int Run(Settings settings)
    {
        int rows = settings.Number("rows", 100_000), dimensions = settings.Number("dims", 384), rounds = settings.Number("rounds", 61), k = settings.Number("k", 10);
        foreach (var metric in new[] { MetricKind.Cosine, MetricKind.Dot, MetricKind.SquaredL2 })
        {
            using var index = new FlatIndex(dimensions, metric);
            var random = new Random(1);
            float[] vector = new float[dimensions];
            for (int i = 0; i < rows; i++)
            {
                Fill(random, vector);
                index.Add(i, vector);
            }

            var hits = new Neighbor[k];
            float sum = 0;
            for (int w = 0; w < 40; w++)
            {
                // past the 30 calls after which the runtime compiles anew, and the moment it takes
                sum += Sum(index.Rows);
                index.Search(vector, hits);
                if (w is 20 or 35) Thread.Sleep(200);
            }

            double[] reading = new double[rounds], searching = new double[rounds];
            for (int r = 0; r < rounds; r++)
            {
                Fill(random, vector);
                reading[r] = Statistics.Seconds(() => sum += Sum(index.Rows));
                searching[r] = Statistics.Seconds(() => index.Search(vector, hits));
            }

            double bytes = (double)index.Rows.Length * sizeof(float);
            double[] shares = [.. reading.Zip(searching, (read, search) => read / search)];
            Console.WriteLine(
                $"{metric,-9} {rows} x {dimensions}, k = {k}, one thread: search {rows / Statistics.Median(searching) / 1e6:F2} M vectors/s = {bytes / Statistics.Median(searching) / 1e9:F1} GB/s; " +
                $"read alone {bytes / Statistics.Median(reading) / 1e9:F1} GB/s; share {Statistics.Median(shares):F2} (quartiles {Statistics.Quantile(shares, 0.25):F2} to {Statistics.Quantile(shares, 0.75):F2}), best against best {reading.Min() / searching.Min():F2}{(float.IsNaN(sum) ? "!" : "")}");
            float[] batch = new float[Batch * dimensions];
            Fill(random, batch);
            var room = new Neighbor[Batch * k];
            int[] counts = new int[Batch];
            double[] alone = new double[BatchRounds], together = new double[BatchRounds];
            index.Search(batch, room, counts);
            for (int r = 0; r < BatchRounds; r++)
            {
                alone[r] = Statistics.Seconds(() =>
                {
                    for (int q = 0; q < Batch; q++) index.Search(batch.AsSpan(q * dimensions, dimensions), hits);
                });
                together[r] = Statistics.Seconds(() => index.Search(batch, room, counts));
            }

            double[] gains = [.. alone.Zip(together, (one, all) => one / all)];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{"",9} {Batch} queries one by one {Batch / Statistics.Median(alone):F0}/s, as a batch {Batch / Statistics.Median(together):F0}/s: {Statistics.Median(gains):F1} times (quartiles {Statistics.Quantile(gains, 0.25):F1} to {Statistics.Quantile(gains, 0.75):F1})"));
        }

        return 0;
    }

    /// <summary>Reads everything, with eight loads in flight and nothing but an addition for each.</summary>
    private static float Sum(ReadOnlySpan<float> all)
    {
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(all);
        ref var first = ref MemoryMarshal.GetReference(vectors);
        var s0 = Vector512<float>.Zero;
        var (s1, s2, s3, s4, s5, s6, s7) = (s0, s0, s0, s0, s0, s0, s0);
        for (nint i = 0; i + 8 <= vectors.Length; i += 8)
        {
            s0 += Unsafe.Add(ref first, i);
            s1 += Unsafe.Add(ref first, i + 1);
            s2 += Unsafe.Add(ref first, i + 2);
            s3 += Unsafe.Add(ref first, i + 3);
            s4 += Unsafe.Add(ref first, i + 4);
            s5 += Unsafe.Add(ref first, i + 5);
            s6 += Unsafe.Add(ref first, i + 6);
            s7 += Unsafe.Add(ref first, i + 7);
        }

        return Vector512.Sum(s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7)));
    }

    private static void Fill(Random random, float[] vector)
    {
        for (int d = 0; d < vector.Length; d++) vector[d] = random.NextSingle() - 0.5f;
    }
}
