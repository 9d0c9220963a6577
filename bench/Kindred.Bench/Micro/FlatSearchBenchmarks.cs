using BenchmarkDotNet.Attributes;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Micro;

/// <summary>Exact search over an index that fits the cache and one that does not.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class FlatSearchBenchmarks : IDisposable
{
    private readonly Neighbor[] _hits = new Neighbor[10];
    private float[] _query = [];
    private FlatIndex? _index;

    [Params(1_000, 100_000)]
    public int Rows { get; set; }

    [Params(MetricKind.Cosine, MetricKind.SquaredL2)]
    public MetricKind Kind { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(1);
        _index = new FlatIndex(384, Kind);
        _query = new float[384];
        for (int i = 0; i <= Rows; i++)
        {
            for (int d = 0; d < _query.Length; d++) _query[d] = random.NextSingle() - 0.5f;
            if (i < Rows) _index.Add(i, _query);
        }
    }

    [Benchmark]
    public int Search() => _index!.Search(_query, _hits);

    [GlobalCleanup]
    public void Dispose()
    {
        _index?.Dispose();
        GC.SuppressFinalize(this);
    }
}
