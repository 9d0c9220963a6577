using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Duplicates;

/// <summary>The vectors of the rows that stay: compared with all of them up to a number, from there on by a graph (HNSW), which may miss one in some hundred.</summary>
internal sealed class Meanings : ILikeness, IDisposable
{
    /// <summary>From here on the graph is faster than to compare all.</summary>
    private const int MostExact = 100_000;

    /// <summary>Candidates that the graph looks at: near ones are easy to find.</summary>
    private const int Ef = 64;

    private readonly IReadOnlyList<ReadOnlyMemory<float>> _vectors;
    private readonly float _threshold;
    private readonly int _d;
    private readonly float[] _queries;
    private readonly Neighbor[] _best = new Neighbor[Deduplication.Block];
    private readonly int[] _found = new int[Deduplication.Block];
    private readonly int _mostExact;
    private readonly List<int> _keptHere = [];
    private IReadOnlyList<int> _rows = [];
    private FlatIndex? _all;
    private HnswIndex? _graph;

    /// <param name="vectors">Shape [n][d]; an empty or zero one is like no other.</param>
    /// <param name="threshold">The least cosine.</param>
    /// <param name="mostExact">Rows compared with all that stay, before a graph is made.</param>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public Meanings(IReadOnlyList<ReadOnlyMemory<float>> vectors, double threshold, int mostExact = MostExact)
    {
        (_vectors, _threshold, _mostExact) = (vectors, (float)threshold, mostExact);
        for (int i = 0; i < vectors.Count; i++)
        {
            if (vectors[i].IsEmpty) continue;
            if (_d > 0 && vectors[i].Length != _d) throw new ArgumentException($"Vector {i} has {vectors[i].Length} components, others have {_d}.", nameof(vectors));
            _d = vectors[i].Length;
        }

        _queries = new float[Deduplication.Block * _d];
        if (_d > 0) _all = new FlatIndex(_d);
    }

    public DuplicateMethod Method => DuplicateMethod.Meaning;

    public void Open(IReadOnlyList<int> rows, IReadOnlyList<string>? texts, CancellationToken cancel)
    {
        AddKept(cancel);
        _rows = rows;
        for (int at = 0; at < rows.Count; at++)
        {
            var query = Query(at);
            query.Clear();
            _vectors[rows[at]].Span.CopyTo(query);
            if (Metric.IndexOfNonFinite(query) is var wrong and >= 0) throw new ArgumentException($"Vector {rows[at]}: component {wrong} is {query[wrong]}.");
            Metric.Normalize(query);
        }

        _found.AsSpan().Clear();
        if (_graph is { } graph)
        {
            Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, at => _found[at] = graph.Search(Query(at), _best.AsSpan(at, 1), Ef));
        }
        else if (rows.Count > 0)
        {
            _all?.Search(_queries.AsSpan(0, rows.Count * _d), _best.AsSpan(0, rows.Count), _found.AsSpan(0, rows.Count), threads: Environment.ProcessorCount);
        }
    }

    public (int Row, double Score)? Find(int at)
    {
        if (!Query(at).ContainsAnyExcept(0f)) return null;
        (int Row, float Score) best = (-1, _threshold);
        if (_found[at] > 0 && _best[at].Score >= _threshold) best = ((int)_best[at].Id, _best[at].Score);
        foreach (int other in _keptHere)
        {
            float score = Metric.Dot(Query(at), Query(other));
            if (score > best.Score || (score == best.Score && best.Row < 0)) best = (_rows[other], score);
        }

        return best.Row < 0 ? null : (best.Row, Math.Min(1, (double)best.Score));
    }

    public void Keep(int at)
    {
        if (Query(at).ContainsAnyExcept(0f)) _keptHere.Add(at);
    }

    public void Dispose()
    {
        _all?.Dispose();
        _graph?.Dispose();
    }

    private void AddKept(CancellationToken cancel)
    {
        foreach (int at in _keptHere)
        {
            if (_graph is not null) _graph.Add(_rows[at], Query(at));
            else _all!.Add(_rows[at], Query(at));
        }

        _keptHere.Clear();
        if (_graph is not null || _all is null || _all.Count < _mostExact) return;
        long[] ids = [.. _all.Ids];
        _graph = HnswIndex.Build([.. ids.Select(id => _vectors[(int)id])], ids, cancel: cancel);
        _all.Dispose();
        _all = null;
    }

    private Span<float> Query(int at) => _queries.AsSpan(at * _d, _d);
}
