using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Cli.Verbs;

/// <summary>What an index takes in memory and on disk: so much a vector and so much a list, from indexes that were built and weighed.</summary>
/// <param name="Index">flat, hnsw or ivf.</param>
/// <param name="Quantizer">none, sq8, sq4, pq or rabitq.</param>
/// <param name="VectorMemory">Bytes of memory a vector.</param>
/// <param name="ListMemory">Bytes of memory a list.</param>
/// <param name="VectorDisk">Bytes of the file a vector.</param>
/// <param name="ListDisk">Bytes of the file a list.</param>
/// <param name="Driver">What makes it cost what it costs.</param>
internal sealed record AnnWeight(string Index, string Quantizer, double VectorMemory, double ListMemory, double VectorDisk, double ListDisk, string Driver)
{
    private const int MostLists = 65_536;

    public string Choice => AnnOptions.Choice(Index, Quantizer);

    public double Memory(long vectors) => (VectorMemory * vectors) + (ListMemory * Lists(vectors));

    public double Disk(long vectors) => (VectorDisk * vectors) + (ListDisk * Lists(vectors));

    public static AnnWeight Of(string index, string quantizer, IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel)
    {
        const MetricKind Metric = MetricKind.Cosine;
        int n = rows.Count, dims = rows[0].Length;
        if (index != "ivf")
        {
            using var contender = AnnContender.Build(new AnnSettings(index, quantizer, Metric, Environment.ProcessorCount), rows, (_, _, _) => { }, cancel);
            string driver = (index, quantizer) switch
            {
                ("flat", "none") => "the vectors in memory; a query reads them all",
                ("flat", _) => "codes in memory, all read by a query; vectors on disk, read where a hit is scored again",
                (_, "none") => "vectors and links in memory; the build",
                _ => "vectors, links and codes in memory; the build",
            };
            return new AnnWeight(index, quantizer, contender.BytesPerVector, 0, (double)FileBytes(contender.Index) / n, 0, driver);
        }

        // two numbers of lists tell what a list takes; one codec for both, since its size is not the question
        var codec = AnnContender.Codec(new AnnSettings(index, quantizer, Metric, 1), rows, [.. rows.Take(256)], cancel);
        int few = Math.Max(1, n / 64), many = Math.Max(few + 1, n / 16);
        var (memory, disk) = Weigh(few);
        var (memoryOfMany, diskOfMany) = Weigh(many);
        double listMemory = Math.Max(0, (memoryOfMany - memory) / (many - few)), listDisk = Math.Max(0, (diskOfMany - disk) / (many - few));
        return new AnnWeight(
            index,
            quantizer,
            (memory - (listMemory * few)) / n,
            listMemory,
            (disk - (listDisk * few)) / n,
            listDisk,
            quantizer == "none" ? "the vectors in memory; a query reads some lists" : "codes in memory; vectors on disk, read where a hit is scored again");

        (double Memory, double Disk) Weigh(int lists)
        {
            var options = new IvfOptions { Lists = lists, Iterations = 2, Rescorer = codec.IsExact ? null : new Float32Codec(dims, Metric) };
            using var built = IvfIndex.Build(rows, [.. Enumerable.Range(0, n).Select(i => (long)i)], codec, options, cancel);
            long file = FileBytes(built);
            if (codec.IsExact) return (built.MemoryBytes, file);
            using var opened = AnnContender.OnDisk(built, IvfIndex.Open);
            return (opened.MemoryBytes, file);
        }
    }

    // 6·√n, as the index itself takes them
    private double Lists(long vectors) => Index == "ivf" ? Math.Clamp(6 * Math.Sqrt(vectors), 1, MostLists) : 0;

    private static long FileBytes(IVectorIndex index)
    {
        string path = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.index");
        try
        {
            index.Save(path);
            return new FileInfo(path).Length;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
