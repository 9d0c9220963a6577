using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Approximate search along a graph of near neighbours: Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
/// Hierarchical Navigable Small World graphs", 2018. Vectors can be added and removed at any time; where it leaves the paper, <see cref="HnswGraph"/> says.
/// </summary>
/// <remarks>Any number of threads may call at once: searches run beside each other, a change waits for them and they for it.
/// Format of the file: docs/formats/hnsw.md.</remarks>
public sealed unsafe partial class HnswIndex : IVectorIndex
{
    /// <summary>Removed nodes are taken out of the graph when they are more than this share of it: until then searches pass through them.</summary>
    private const int RemovedShare = 16;

    private HnswOptions _options;
    private readonly HnswGraph _graph;
    private readonly int _stride;
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private readonly Spares<HnswScratch> _scratches = new();
    private readonly Stack<int> _holes = new();
    private readonly Lock _nodesLock = new();
    private readonly NativeArray<long> _ids = new();
    private readonly NativeArray<State> _states = new();
    private readonly NativeArray<byte> _codes = new();
    private readonly HnswImage? _image;
    private Dictionary<long, int>? _nodes;
    private VectorCodec? _codec;
    private HnswEdgeCodes? _edges;
    private int _count;
    private int _removed;
    private long _added;
    private volatile bool _isVerified;
    private bool _disposed;

    /// <summary>Creates an empty index.</summary>
    /// <param name="dimensions">Length of every vector, 1 to <see cref="FlatIndex.MaxDimensions"/>.</param>
    /// <param name="metric">How likeness is scored.</param>
    /// <param name="options">How it is built and searched; the defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimensions are out of range.</exception>
    public HnswIndex(int dimensions, MetricKind metric = MetricKind.Cosine, HnswOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, FlatIndex.MaxDimensions);
        Dimensions = dimensions;
        Metric = metric;
        _options = options ?? new HnswOptions();
        _stride = (dimensions + 15) & ~15;
        _graph = new HnswGraph(_stride, metric, _options);
    }

    private enum State : byte
    {
        Hole,
        Live,
        Removed,
    }

    /// <inheritdoc/>
    public int Dimensions { get; }

    /// <summary>How likeness is scored.</summary>
    public MetricKind Metric { get; }

    /// <inheritdoc/>
    public long Count => _count;

    /// <summary>The ids in the index as they are now, in no promised order.</summary>
    public IReadOnlyCollection<long> Ids
    {
        get
        {
            _lock.EnterReadLock();
            try
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                long[] ids = new long[_count];
                int at = 0;
                for (int node = 0; node < _graph.Count; node++)
                    if (_states[node] == State.Live) ids[at++] = _ids[node];
                return ids;
            }
            finally
            {
                _lock.ExitReadLock();
            }
        }
    }

    /// <summary>How the graph was built and is searched by default.</summary>
    public HnswOptions Options => _options;

    /// <summary>Scores codes instead of vectors while the graph is walked; null when there is none.</summary>
    public VectorCodec? Codec => _codec;

    /// <summary>Bytes of memory for each vector: itself, its links, its code, its id and the way from the id to it.</summary>
    public double BytesPerVector => Count == 0 ? 0 : (_graph.Bytes + (_graph.Count * ((_edges?.RecordBytes ?? _codec?.CodeBytes ?? 0) + 8L + 1 + (_nodes is null ? 0 : 28)))) / (double)Count;

    /// <inheritdoc/>
    public void Add(long id, ReadOnlySpan<float> vector)
    {
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            VerifyOnce();
            if (!_graph.IsProved) ReachAll();
            int node = Place(id, vector, nameof(vector));
            var scratch = Rent();
            _graph.Insert(node, scratch);
            if (!_graph.IsProved) ReachAll();
            _edges?.Update();
            _scratches.Give(scratch);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <inheritdoc/>
    public bool Remove(long id)
    {
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            VerifyOnce();
            if (!TryHide(id)) return false;
            if (_count == 0 || _removed > 32 + (_count / RemovedShare)) Consolidate();
            return true;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Removes a vector and leaves the repair of the graph to the next <see cref="Remove"/> or <see cref="Save"/>: for who must answer at once.</summary>
    /// <param name="id">The key it was added under.</param>
    /// <returns>False when there was no such id.</returns>
    public bool Hide(long id)
    {
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return TryHide(id);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Whether a vector has been added under an id and not been removed.</summary>
    /// <param name="id">Any number.</param>
    public bool Contains(long id)
    {
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Nodes().ContainsKey(id);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Copies a stored vector; under <see cref="MetricKind.Cosine"/> it has the length 1.</summary>
    /// <param name="id">The key it was added under.</param>
    /// <param name="vector">Receives it: shape [dimensions].</param>
    /// <returns>False when there is no such id.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public bool TryGetVector(long id, Span<float> vector)
    {
        if (vector.Length != Dimensions) throw new ArgumentException($"There is room for {vector.Length} components, the index has {Dimensions}.", nameof(vector));
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!Nodes().TryGetValue(id, out int node)) return false;
            new ReadOnlySpan<float>(_graph.Row(node), Dimensions).CopyTo(vector);
            return true;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>
    /// Codes every vector, now and later, and walks the graph by the codes; hits are scored by the vectors themselves. A <see cref="RabitqCodec"/> of one bit is the
    /// fastest: it codes, beside each vector, the ways to its neighbours (SymphonyQG: Gou et al. 2025), which takes as much memory as two to three vectors do, and
    /// every vector on the way is scored by itself.
    /// </summary>
    /// <param name="codec">Trained on such vectors; null to walk by the vectors again.</param>
    /// <exception cref="ArgumentException">It is for other dimensions or another metric.</exception>
    public void Quantize(VectorCodec? codec)
    {
        if (codec is not null && (codec.Dimensions != Dimensions || codec.Metric != Metric))
            throw new ArgumentException($"The codec is for {codec.Dimensions} dimensions by {codec.Metric}, the index has {Dimensions} by {Metric}.", nameof(codec));
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            VerifyOnce();
            _codes.Free();
            _edges?.Dispose();
            _edges = null;
            _codec = codec is { IsExact: false } ? codec : null;
            if (_codec is null) return;
            if (_codec is RabitqCodec { Bits: 1 } signs)
            {
                _edges = new HnswEdgeCodes(_graph, signs);
                return;
            }

            _codes.Reserve(_graph.Count * (long)_codec.CodeBytes);
            Parallel.For(0, _graph.Count, Encode);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>How many vectors no search can find, because no way along the graph leads to them: 0 after a build and after every change.</summary>
    public int CountUnreachable()
    {
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _graph.CountUnreachable(node => _states[node] != State.Live);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Frees the memory, once running searches have ended.</summary>
    public void Dispose()
    {
        _lock.EnterWriteLock();
        try
        {
            if (_disposed) return;
            _disposed = true;
            _graph.Dispose();
            _ids.Dispose();
            _states.Dispose();
            _codes.Dispose();
            _edges?.Dispose();
            _image?.Dispose();
            while (_scratches.Take() is { } scratch) scratch.Dispose();
            _nodes = [];
            _count = 0;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private int Place(long id, ReadOnlySpan<float> vector, string name)
    {
        Metrics.Metric.Require(vector, Dimensions, name);
        if (_graph.Count >= HnswFile.MaxNodes) throw new InvalidOperationException($"An index holds at most {HnswFile.MaxNodes} vectors.");
        var nodes = Nodes();
        if (nodes.ContainsKey(id)) throw new ArgumentException($"The id {id} is in the index already.", name);
        int node = _graph.Place(vector, _graph.LevelOf(_options.Seed, _added++), _holes.TryPop(out int hole) ? hole : -1);
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(new Span<float>(_graph.Row(node), Dimensions));
        _ids.Reserve(_graph.Count);
        _states.Reserve(_graph.Count);
        (_ids[node], _states[node]) = (id, State.Live);
        nodes.Add(id, node);
        _count++;
        if (_codec is not null && _edges is null)
        {
            _codes.Reserve(_graph.Count * (long)_codec.CodeBytes);
            Encode(node);
        }

        return node;
    }

    /// <summary>The way from an id to its node. An index that is only searched has no use for it, and makes none when it is opened.</summary>
    private Dictionary<long, int> Nodes()
    {
        lock (_nodesLock)
        {
            if (_nodes is not null) return _nodes;
            var nodes = new Dictionary<long, int>(_count);
            for (int node = 0; node < _graph.Count; node++)
                if (_states[node] == State.Live && !nodes.TryAdd(_ids[node], node)) throw _image!.WrongId(node, $"id {_ids[node]} stands twice");
            return _nodes = nodes;
        }
    }

    private bool TryHide(long id)
    {
        if (!Nodes().Remove(id, out int node)) return false;
        _states[node] = State.Removed;
        _count--;
        _removed++;
        return true;
    }

    private void ReachAll()
    {
        var scratch = Rent();
        _graph.Reach(node => _states[node] != State.Live, scratch);
        _edges?.Update();
        _scratches.Give(scratch);
    }

    private void Consolidate()
    {
        _graph.Consolidate(node => _states[node] != State.Live, Rent, _scratches.Give);
        for (int node = 0; node < _graph.Count; node++)
        {
            if (_states[node] != State.Removed) continue;
            _states[node] = State.Hole;
            _holes.Push(node);
        }

        _removed = 0;
        ReachAll();
    }

    private void Encode(int node) =>
        _codec!.Encode(new ReadOnlySpan<float>(_graph.Row(node), Dimensions), new Span<byte>(_codes.Items + (node * (nint)_codec.CodeBytes), _codec.CodeBytes));

    private HnswScratch Rent() => _scratches.Take() ?? new HnswScratch();
}
