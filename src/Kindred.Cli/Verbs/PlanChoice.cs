namespace Kindred.Cli.Verbs;

/// <summary>
/// A way to keep vectors and what it costs. N vectors of D dimensions; all sizes in bytes, all but the flat index's whole numbers rounded up.
/// <list type="bullet">
/// <item>float32: 4·⌈D/16⌉·16, rows padded to a cache line.</item>
/// <item>sq8: D rounded up to a multiple of 4, and 12 for step, offset and length. rabitq: ⌈D/64⌉·8 (one bit a dimension), and 12 for its factors. pq: D/4 parts of one byte.</item>
/// <item>ids: 8 for the id and 28 for the table that finds a row by its id (entry of 24, bucket of 4).</item>
/// <item>graph, M = 16 (Malkov and Yashunin 2018, section 4.1): 2M links of 4 and a count of 4 on the ground; a node stands on 1/(M−1) higher levels on average, each M links and a count: 132 + 68/15.</item>
/// <item>lists: an id of 8 and a place of 4 for each vector, and 4·√N centroids of D float32 shared by all.</item>
/// </list>
/// </summary>
/// <param name="Name">Index and quantizer, and where the originals are when they are not in memory.</param>
/// <param name="BytesPerVector">Memory for each vector.</param>
/// <param name="MemoryBytes">Memory for all of them and what they share.</param>
/// <param name="DiskBytes">The index file and, where they are kept, the originals.</param>
/// <param name="BuildCoreHours">Hours that one core would build; an order of magnitude.</param>
/// <param name="MostRecall">The recall@10 that this way is planned with at most; more is to be measured first.</param>
internal sealed record PlanChoice(string Name, double BytesPerVector, long MemoryBytes, long DiskBytes, double BuildCoreHours, double MostRecall)
{
    /// <summary>The most vectors that are planned for: all sums stay below 2^63 for every dimension.</summary>
    public const long MostVectors = 1_000_000_000_000;

    public const int MostDimensions = 65_536;

    private const int M = 16;
    private const int EfConstruction = 200;
    private const int IdBytes = 8 + 28;
    private const int ListIdBytes = 8 + 4;
    private const int FactorBytes = 12;
    private const double GraphBytes = (4 * 2 * M) + 4 + (((4.0 * M) + 4) / (M - 1));

    /// <summary>What one core copies into an index a second.</summary>
    private const double WritingBytesPerSecond = 1e9;

    /// <summary>A row as the flat index and the graph keep it.</summary>
    public static long Float32Bytes(int dimensions) => 4L * RoundUp(dimensions, 16);

    /// <summary>Every way, from exact to smallest.</summary>
    /// <param name="vectors">N, 1 to <see cref="MostVectors"/>.</param>
    /// <param name="dimensions">D, 1 to <see cref="MostDimensions"/>.</param>
    public static IReadOnlyList<PlanChoice> All(long vectors, int dimensions)
    {
        long original = 4L * dimensions, float32 = Float32Bytes(dimensions), sq8 = RoundUp(dimensions, 4) + FactorBytes;
        long rabitq = (RoundUp(dimensions, 64) / 8) + FactorBytes, pq = RoundUp(Math.Max(1, dimensions / 4), 4);
        long lists = Math.Max(1, (long)Math.Min(4 * Math.Sqrt(vectors), vectors)), centroids = checked(lists * original);
        double graph = GraphHours(vectors, dimensions), inverted = ListHours(vectors, dimensions, lists);
        return
        [
            Of("flat float32", float32 + IdBytes, 0, 0, vectors * (double)original / WritingBytesPerSecond / 3600, 1),
            Of("hnsw float32", float32 + GraphBytes + IdBytes, 0, 0, graph, 0.99),
            Of("hnsw sq8 + originals on disk", sq8 + GraphBytes + IdBytes, original, 0, graph / 2, 0.99),
            Of("hnsw sq8", sq8 + GraphBytes + IdBytes, 0, 0, graph / 2, 0.95),
            Of("hnsw rabitq + originals on disk", rabitq + GraphBytes + IdBytes, original, 0, graph / 2, 0.98),
            Of("ivf float32", original + ListIdBytes, 0, centroids, inverted, 0.99),
            Of("ivf sq8 + originals on disk", sq8 + ListIdBytes, original, centroids, inverted, 0.99),
            Of("ivf rabitq + originals on disk", rabitq + ListIdBytes, original, centroids, inverted, 0.98),
            Of("ivf pq + originals on disk", pq + ListIdBytes, original, centroids, inverted, 0.95),
            new("ivf lists on disk", (double)centroids / vectors, centroids, checked((vectors * (original + ListIdBytes)) + centroids), inverted, 0.99),
        ];

        PlanChoice Of(string name, double each, long onDisk, long shared, double hours, double recall)
        {
            long memory = checked((long)Math.Ceiling(vectors * each) + shared);
            return new PlanChoice(name, each + ((double)shared / vectors), memory, checked(memory + (vectors * onDisk)), hours, recall);
        }
    }

    /// <summary>
    /// An insertion compares its vector with about EfConstruction·M others on the ground, and with 2M on each of the log(N)/log(M) steps down to it.
    /// A comparison waits some 40 ns for memory and takes 0.15 ns a dimension.
    /// </summary>
    private static double GraphHours(long vectors, int dimensions)
    {
        double comparisons = (EfConstruction * (double)M) + (2 * M * Math.Log(vectors, M));
        return vectors * comparisons * (40 + (0.15 * dimensions)) * 1e-9 / 3600;
    }

    /// <summary>Every vector is compared with every centroid once, and a sample of 64 a centroid ten times to place them; 40 thousand million multiply-adds a second.</summary>
    private static double ListHours(long vectors, int dimensions, long lists)
    {
        double sample = Math.Min(vectors, 64.0 * lists);
        return (vectors + (10 * sample)) * lists * dimensions / 40e9 / 3600;
    }

    private static long RoundUp(long value, int to) => (value + to - 1) / to * to;
}
