using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Ann;

/// <summary>USearch by its C functions: the .NET wrapper of its package cannot change ef on a built index, nor reserve room, nor tell its memory.</summary>
internal sealed unsafe partial class USearchPeer : InProcessContender
{
    private const string Library = "usearch_c";
    private const int Float32 = 1;

    private readonly nint _index;

    public USearchPeer(DataSet data, int m, int efConstruction, int threads)
        : base(data)
    {
        var options = new Options
        {
            Metric = data.Metric == MetricKind.SquaredL2 ? 3 : 2,
            Quantization = Float32,
            Dimensions = (nuint)Rows[0].Length,
            Connectivity = (nuint)m,
            ExpansionAdd = (nuint)efConstruction,
            ExpansionSearch = 64,
        };
        _index = Init(&options, out nint error);
        Check(error);
        Reserve(_index, (nuint)Rows.Length, out error);
        Check(error);
        ThreadsAdd(_index, (nuint)threads, out error);
        Check(error);
        BuildSeconds = Statistics.Seconds(() => OnThreads(0, Rows.Length, threads, i =>
        {
            fixed (float* row = Rows[i]) Add(_index, (ulong)i, row, Float32, out nint failed);
        }));
    }

    public override string Name => "usearch";

    public override void Dispose() => Free(_index, out _);

    protected override void Prepare(int ef, int threads)
    {
        ExpansionSearch(_index, (nuint)ef, out nint error);
        Check(error);
        ThreadsSearch(_index, (nuint)threads, out error);
        Check(error);
    }

    protected override void Search(int ef, float[] query, long[] ids)
    {
        Span<float> distances = stackalloc float[DataSet.K];
        fixed (float* q = query, d = distances)
        fixed (long* keys = ids)
        {
            nuint found = Search(_index, q, Float32, DataSet.K, (ulong*)keys, d, out nint error);
            Check(error);
            ids.AsSpan((int)found).Fill(-1);
        }
    }

    protected override double BytesPerVector() => (double)MemoryUsage(_index, out _) / Rows.Length;

    private static void Check(nint error)
    {
        if (error != 0) throw new InvalidOperationException($"usearch: {Marshal.PtrToStringUTF8(error)}");
    }

    [LibraryImport(Library, EntryPoint = "usearch_init")]
    private static partial nint Init(Options* options, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_free")]
    private static partial void Free(nint index, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_reserve")]
    private static partial void Reserve(nint index, nuint capacity, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_change_threads_add")]
    private static partial void ThreadsAdd(nint index, nuint threads, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_change_threads_search")]
    private static partial void ThreadsSearch(nint index, nuint threads, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_change_expansion_search")]
    private static partial void ExpansionSearch(nint index, nuint ef, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_memory_usage")]
    private static partial nuint MemoryUsage(nint index, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_add")]
    private static partial void Add(nint index, ulong key, float* vector, int kind, out nint error);

    [LibraryImport(Library, EntryPoint = "usearch_search")]
    private static partial nuint Search(nint index, float* query, int kind, nuint count, ulong* keys, float* distances, out nint error);

    [StructLayout(LayoutKind.Sequential)]
    private struct Options
    {
        public int Metric;
        public nint Function;
        public int Quantization;
        public nuint Dimensions;
        public nuint Connectivity;
        public nuint ExpansionAdd;
        public nuint ExpansionSearch;
        public byte Multi;
    }
}
