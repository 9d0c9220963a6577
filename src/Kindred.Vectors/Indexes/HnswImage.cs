using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>What an index file holds, checked but for rows and codes, where it stands in the mapped file.</summary>
internal sealed unsafe class HnswImage(MappedFile map) : IDisposable
{
    public required string Path { get; init; }

    /// <summary>Checks rows and codes as well, as long as they are as the file has them.</summary>
    public required Action Verify { get; init; }

    public required int Dimensions { get; init; }

    public required MetricKind Metric { get; init; }

    public required HnswOptions Options { get; init; }

    /// <summary>Nodes; all of them are vectors.</summary>
    public required int Count { get; init; }

    /// <summary>Vectors added so far, which is what the next one's level depends on.</summary>
    public required long Added { get; init; }

    public required int Entry { get; init; }

    public required int Top { get; init; }

    public long* Ids { get; set; }

    public byte* Levels { get; set; }

    public int* Upper { get; set; }

    /// <summary>Lists of M links on upper levels.</summary>
    public int Lists { get; set; }

    public int* Links { get; set; }

    public float* Rows { get; set; }

    public VectorCodec? Codec { get; set; }

    public byte* Codes { get; set; }

    /// <summary>The error that a damaged id is.</summary>
    public VectorFileException WrongId(int node, string problem) => new(Path, (byte*)(Ids + node) - map.Start, $"section ids: {problem}");

    public void Dispose() => map.Dispose();
}
