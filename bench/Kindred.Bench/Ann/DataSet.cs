using System.Buffers.Binary;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Ann;

/// <summary>A set that bench/data/make.cs made: NAME-base.fvecs, NAME-queries.fvecs, NAME-truth.ivecs.</summary>
internal sealed class DataSet
{
    public const int K = 10;

    public DataSet(string folder, string name)
    {
        Base = Path.Combine(folder, $"{name}-base.fvecs");
        Queries = Path.Combine(folder, $"{name}-queries.fvecs");
        Truth = Path.Combine(folder, $"{name}-truth.ivecs");
        foreach (string file in new[] { Base, Queries, Truth })
            if (!File.Exists(file)) throw new FileNotFoundException($"{file} is missing; bench/data/make.cs makes it (bench/README.md)");
        Metric = name.StartsWith("glove", StringComparison.Ordinal) || name.StartsWith("texts", StringComparison.Ordinal) ? MetricKind.Cosine : MetricKind.SquaredL2;
        Cache = Path.Combine(folder, name);
    }

    public int QueryCount => (int)FvecsFile.Measure(Queries).Rows;

    public string Base { get; }

    public string Queries { get; }

    public string Truth { get; }

    public MetricKind Metric { get; }

    /// <summary>Where a peer may keep an index of this set, its own ending added.</summary>
    public string Cache { get; }

    public static float[][] Read(string file) => [.. FvecsFile.Read(file).Select(row => row.ToArray())];

    /// <summary>The first ten true neighbours of each query.</summary>
    public int[][] ReadTruth()
    {
        byte[] bytes = File.ReadAllBytes(Truth);
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes), stride = 4 * (count + 1);
        if (count < K || bytes.Length % stride != 0) throw new InvalidDataException($"{Truth}: not a truth of {K} neighbours or more");
        return [.. Enumerable.Range(0, bytes.Length / stride).Select(q => Enumerable.Range(1, K).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((q * stride) + (4 * i)))).ToArray())];
    }
}
