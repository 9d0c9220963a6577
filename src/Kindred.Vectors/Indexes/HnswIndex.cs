using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Approximate search along a graph of near neighbours: Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
/// Hierarchical Navigable Small World graphs", 2018. Vectors can be added and removed at any time; where it leaves the paper, <see cref="HnswGraph"/> says.
/// </summary>
/// <remarks>Any number of threads may call at once: searches run beside each other, a change waits for them and they for it.
/// Format of the file: docs/formats/hnsw.md.</remarks>
public sealed unsafe class HnswIndex : IVectorIndex
{
    private const int HeaderBytes = 64;
    private const int MaxNodes = 1 << 30;

    /// <summary>Removed nodes are taken out of the graph when they are more than this share of it: until then searches pass through them.</summary>
    private const int RemovedShare = 16;

    /// <summary>With a codec, so many times k of the candidates are scored again by their own vectors.</summary>
    private const int RescoreFactor = 4;

    private readonly HnswOptions _options;
    private readonly HnswGraph _graph;
    private readonly int _stride;
    private readonly ReaderWriterLockSlim _lock = new(LockRecursionPolicy.NoRecursion);
    private readonly ConcurrentStack<HnswScratch> _scratches = new();
    private readonly Stack<int> _holes = new();
    private Dictionary<long, int> _nodeOf = [];
    private long[] _ids = [];
    private State[] _states = [];
    private VectorCodec? _codec;
    private byte* _codes;
    private int _codeCapacity;
    private int _removed;
    private long _added;
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

    /// <summary>Frees the codes of an index that was not disposed.</summary>
    ~HnswIndex() => NativeMemory.AlignedFree(_codes);

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
    public long Count => _nodeOf.Count;

    /// <summary>The ids of the vectors that can be found, in no order.</summary>
    public IReadOnlyCollection<long> Ids => _nodeOf.Keys;

    /// <summary>How the graph was built.</summary>
    public HnswOptions Options => _options;

    /// <summary>Scores codes instead of vectors while the graph is walked; null when there is none.</summary>
    public VectorCodec? Codec => _codec;

    /// <summary>Bytes of memory for each vector: itself, its links, its code, its id and the way from the id to it.</summary>
    public double BytesPerVector => Count == 0 ? 0 : (_graph.Bytes + (_graph.Count * ((_codec?.CodeBytes ?? 0) + 8L + 1 + 28))) / (double)Count;

    /// <summary>Builds an index of many vectors at once, over several cores.</summary>
    /// <param name="rows">The vectors, each of shape [dimensions], finite.</param>
    /// <param name="ids">Their ids, all different; 0, 1, 2, … when null.</param>
    /// <param name="metric">How likeness is scored.</param>
    /// <param name="options">How it is built; the defaults when null.</param>
    /// <param name="threads">Cores to use, all when 0. On one, the same input gives the same graph.</param>
    /// <param name="progress">Told how many vectors are linked.</param>
    /// <param name="cancel">Stops the building.</param>
    /// <exception cref="ArgumentException">There are no vectors, a shape is wrong, a component is not finite, or an id stands twice.</exception>
    public static HnswIndex Build(
        IReadOnlyList<ReadOnlyMemory<float>> rows,
        IReadOnlyList<long>? ids = null,
        MetricKind metric = MetricKind.Cosine,
        HnswOptions? options = null,
        int threads = 0,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException("There are no vectors.", nameof(rows));
        if (ids is not null && ids.Count != rows.Count) throw new ArgumentException($"{ids.Count} ids for {rows.Count} vectors.", nameof(ids));
        var index = new HnswIndex(rows[0].Length, metric, options);
        try
        {
            index._graph.Reserve(rows.Count);
            for (int i = 0; i < rows.Count; i++) index.Place(ids?[i] ?? i, rows[i].Span, nameof(rows));
            index.LinkAll(threads, progress, cancel);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Add(long id, ReadOnlySpan<float> vector)
    {
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int node = Place(id, vector, nameof(vector));
            var scratch = Rent();
            _graph.Insert(node, scratch);

            // a graph that has grown by half is looked over for what nothing leads to
            if (Count >= 64 && (Count & (Count - 1)) == 0) ReachAll(scratch);
            _scratches.Push(scratch);
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
            if (!_nodeOf.Remove(id, out int node)) return false;
            _states[node] = State.Removed;
            _removed++;
            if (_nodeOf.Count == 0 || _removed > 32 + (_nodeOf.Count / RemovedShare)) Consolidate();
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
            if (!_nodeOf.Remove(id, out int node)) return false;
            _states[node] = State.Removed;
            _removed++;
            return true;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Whether a vector of that id can be found.</summary>
    /// <param name="id">Any number.</param>
    public bool Contains(long id)
    {
        _lock.EnterReadLock();
        try
        {
            return _nodeOf.ContainsKey(id);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Reads a stored vector: of length 1 under cosine.</summary>
    /// <param name="id">The key it was added under.</param>
    /// <param name="vector">Receives it: shape [dimensions].</param>
    /// <returns>False when there is no such id.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public bool TryGetVector(long id, Span<float> vector)
    {
        if (vector.Length != Dimensions) throw new ArgumentException($"There is room for {vector.Length} components, not for {Dimensions}.", nameof(vector));
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_nodeOf.TryGetValue(id, out int node)) return false;
            new ReadOnlySpan<float>(_graph.Row(node), Dimensions).CopyTo(vector);
            return true;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, IdSet? filter = null) => Search(query, hits, _options.Ef, filter);

    /// <summary>Finds the nearest stored vectors, nearest first; allocates nothing.</summary>
    /// <param name="query">Shape [dimensions], finite.</param>
    /// <param name="hits">Receives the neighbours; its length is k.</param>
    /// <param name="ef">Candidates kept while searching, at least k; more costs time and raises recall.</param>
    /// <param name="filter">Only ids in this set are found; null for all. Few are compared one by one, many are found along the graph.</param>
    /// <returns>How many of <paramref name="hits"/> were filled: min(k, matching vectors).</returns>
    /// <exception cref="ArgumentException">The query's shape is wrong or a component is not finite.</exception>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, int ef, IdSet? filter = null)
    {
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Metrics.Metric.Require(query, Dimensions, nameof(query));
            if (hits.IsEmpty || _nodeOf.Count == 0) return 0;
            var scratch = Rent();
            int found = Search(query, hits, Math.Max(ef, hits.Length), filter, scratch);
            _scratches.Push(scratch);
            return found;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>Codes every vector, now and later, and walks the graph by the codes; hits are scored by the vectors themselves.</summary>
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
            NativeMemory.AlignedFree(_codes);
            _codes = null;
            (_codec, _codeCapacity) = (codec is { IsExact: false } ? codec : null, 0);
            if (_codec is null) return;
            ReserveCodes(_graph.Count);
            Parallel.For(0, _graph.Count, Encode);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>How many vectors no search can find, because no way along the graph leads to them: 0 after a build and after removals.</summary>
    public int CountUnreachable()
    {
        _lock.EnterReadLock();
        try
        {
            return _graph.CountUnreachable(node => _states[node] != State.Live);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Save(string path)
    {
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_removed > 0) Consolidate();
            AtomicFile.Write(path, Write);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Reads an index that <see cref="Save"/> wrote. A codec is not part of the file: call <see cref="Quantize"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is cut, damaged or of another format: names the byte and the field.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static HnswIndex Open(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes) throw new VectorFileException(path, file.Length, "too short for a header");
        if (!header[..8].SequenceEqual("KHNSW01\0"u8)) throw new VectorFileException(path, 0, "not an HNSW index of version 1");
        int dimensions = BinaryPrimitives.ReadInt32LittleEndian(header[8..]), metric = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        long count = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        int m = BinaryPrimitives.ReadInt32LittleEndian(header[24..]), construction = BinaryPrimitives.ReadInt32LittleEndian(header[28..]), ef = BinaryPrimitives.ReadInt32LittleEndian(header[32..]);
        if (dimensions is < 1 or > FlatIndex.MaxDimensions) throw new VectorFileException(path, 8, $"dimension {dimensions} is outside 1 to {FlatIndex.MaxDimensions}");
        if (metric is < 0 or > (int)MetricKind.SquaredL2) throw new VectorFileException(path, 12, $"metric {metric} is unknown");
        if (m is < 2 or > 128) throw new VectorFileException(path, 24, $"M {m} is outside 2 to 128");
        if (construction is < 8 or > 10_000) throw new VectorFileException(path, 28, $"efConstruction {construction} is outside 8 to 10000");
        if (ef is < 1 or > 100_000) throw new VectorFileException(path, 32, $"ef {ef} is outside 1 to 100000");
        long least = 8 + 1 + (4L * dimensions) + 1 + (8L * m);
        if (count < 0 || count > MaxNodes || count > (file.Length - HeaderBytes - 8) / least) throw new VectorFileException(path, 16, $"count {count} does not fit the file's {file.Length} bytes");
        var hash = new XxHash64();
        hash.Append(file);
        if (hash.GetCurrentHashAsUInt64() != BinaryPrimitives.ReadUInt64LittleEndian(header[48..])) throw new VectorFileException(path, 48, "checksum differs: the file is damaged");
        file.Position = HeaderBytes;
        var index = new HnswIndex(dimensions, (MetricKind)metric, new HnswOptions { M = m, EfConstruction = construction, Ef = ef, Seed = BinaryPrimitives.ReadInt64LittleEndian(header[40..]) });
        try
        {
            index.Read(path, file, (int)count);
            return index;
        }
        catch (EndOfStreamException)
        {
            index.Dispose();
            throw new VectorFileException(path, file.Length, "ends too soon");
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Frees the memory, once running searches have ended.</summary>
    [SuppressMessage("Usage", "CA2216", Justification = "the finalizer frees the codes")]
    public void Dispose()
    {
        _lock.EnterWriteLock();
        try
        {
            if (_disposed) return;
            _disposed = true;
            _graph.Dispose();
            NativeMemory.AlignedFree(_codes);
            _codes = null;
            while (_scratches.TryPop(out var scratch)) scratch.Dispose();
            _nodeOf = [];
        }
        finally
        {
            _lock.ExitWriteLock();
        }

        GC.SuppressFinalize(this);
    }

    private int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, int ef, IdSet? filter, HnswScratch scratch)
    {
        int codeBytes = _codec?.QueryBytes ?? 0, queryBytes = ((codeBytes + 63) & ~63) + (_stride * sizeof(float));
        byte* prepared = scratch.Query(queryBytes);
        float* floats = (float*)(prepared + ((codeBytes + 63) & ~63));
        var padded = new Span<float>(floats, _stride);
        query.CopyTo(padded);
        padded[Dimensions..].Clear();
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(padded[..Dimensions]);

        double share = filter is null ? 1 : Math.Min(1, filter.Count / (double)_nodeOf.Count);

        // along the graph some ef / share nodes are met, one by one share · n: below the share at which these are equal, one by one is less
        if (share * share * _nodeOf.Count < 2.0 * ef) return Scan(floats, hits, filter);
        _codec?.Prepare(padded[..Dimensions], new Span<byte>(prepared, codeBytes));
        byte* walked = _codec is null ? (byte*)floats : prepared;
        int entry = _graph.Descend(floats, 0, out float score);
        if (_codec is not null) score = ScoreCode(prepared, entry);
        int held = filter is null && _removed == 0
            ? _graph.SearchGround(_codec, _codes, walked, entry, score, ef, scratch)
            : _graph.SearchAdmitted(_codec, _codes, walked, entry, score, ef, new Admitted(_states, _ids, filter), scratch);
        if (held < (filter is null ? Math.Min(hits.Length, _nodeOf.Count) : hits.Length)) return Scan(floats, hits, filter);
        var pool = scratch.Pool.AsSpan(0, held);
        var top = new TopK(hits);
        if (_codec is null) pool = pool[..Math.Min(held, hits.Length)];
        else pool = pool[..(int)Math.Min(held, Math.Max(32L, (long)RescoreFactor * hits.Length))];
        foreach (var candidate in pool)
        {
            float own = _codec is null ? candidate.Score : _graph.Score(floats, candidate.Node);
            top.Offer(_ids[candidate.Node], Bounded(own));
        }

        return top.Sort();
    }

    private float ScoreCode(byte* prepared, int node)
    {
        float score = 0;
        _codec!.Score(prepared, _codes, _codec.CodeBytes, new ReadOnlySpan<int>(in node), new Span<float>(ref score));
        return score;
    }

    /// <summary>Compares one by one.</summary>
    private int Scan(float* query, Span<Neighbor> hits, IdSet? filter)
    {
        var top = new TopK(hits);
        var admitted = new Admitted(_states, _ids, filter);
        for (int node = 0; node < _graph.Count; node++)
            if (admitted.Admits(node)) top.Offer(_ids[node], Bounded(_graph.Score(query, node)));
        return top.Sort();
    }

    private float Bounded(float score) => Metric == MetricKind.Cosine ? Math.Clamp(score, -1, 1) : score;

    private int Place(long id, ReadOnlySpan<float> vector, string name)
    {
        Metrics.Metric.Require(vector, Dimensions, name);
        if (_graph.Count >= MaxNodes) throw new InvalidOperationException($"An index holds at most {MaxNodes} vectors.");
        if (!_nodeOf.TryAdd(id, 0)) throw new ArgumentException($"The id {id} is in the index already.", name);
        int node = _graph.Place(vector, _graph.LevelOf(_options.Seed, _added++), _holes.TryPop(out int hole) ? hole : -1);
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(new Span<float>(_graph.Row(node), Dimensions));
        if (node >= _ids.Length)
        {
            Array.Resize(ref _ids, Math.Max(16, (int)Math.Min(_ids.Length + (_ids.Length / 2L), MaxNodes)));
            Array.Resize(ref _states, _ids.Length);
        }

        _nodeOf[id] = node;
        (_ids[node], _states[node]) = (id, State.Live);
        if (_codec is not null)
        {
            ReserveCodes(_graph.Count);
            Encode(node);
        }

        return node;
    }

    private void LinkAll(int threads, IProgress<int>? progress, CancellationToken cancel)
    {
        int next = 0, done = 0, count = _graph.Count;
        int workers = threads > 0 ? threads : Environment.ProcessorCount;
        var first = Rent();
        _graph.Insert(next++, first);
        if (workers == 1) Work(first);
        else
        {
            _scratches.Push(first);
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancel }, _ =>
            {
                var scratch = Rent();
                Work(scratch);
                _scratches.Push(scratch);
            });
            first = Rent();
        }

        cancel.ThrowIfCancellationRequested();
        ReachAll(first);
        _scratches.Push(first);

        void Work(HnswScratch scratch)
        {
            for (int node = Interlocked.Increment(ref next) - 1; node < count; node = Interlocked.Increment(ref next) - 1)
            {
                if (cancel.IsCancellationRequested) return;
                _graph.Insert(node, scratch);
                int told = Interlocked.Increment(ref done);
                if ((told & 1023) == 0) progress?.Report(told);
            }
        }
    }

    private void ReachAll(HnswScratch scratch)
    {
        // a link given up for one may have been the only way to another: again until nothing is left, which takes one or two rounds
        for (int round = 0; round < 16; round++)
            if (_graph.Reach(node => _states[node] != State.Live, scratch) == 0) return;
    }

    private void Consolidate()
    {
        var scratch = Rent();
        _graph.Consolidate(node => _states[node] != State.Live, scratch);
        for (int node = 0; node < _graph.Count; node++)
        {
            if (_states[node] != State.Removed) continue;
            _states[node] = State.Hole;
            _holes.Push(node);
        }

        _removed = 0;
        ReachAll(scratch);
        _scratches.Push(scratch);
    }

    private void ReserveCodes(int nodes)
    {
        if (nodes <= _codeCapacity) return;
        int capacity = (int)Math.Min(Math.Max(nodes, _codeCapacity + (_codeCapacity / 2L) + 16), MaxNodes);
        _codes = (byte*)NativeMemory.AlignedRealloc(_codes, checked((nuint)capacity * (nuint)_codec!.CodeBytes), 64);
        _codeCapacity = capacity;
    }

    private void Encode(int node) =>
        _codec!.Encode(new ReadOnlySpan<float>(_graph.Row(node), Dimensions), new Span<byte>(_codes + (node * (nint)_codec.CodeBytes), _codec.CodeBytes));

    private HnswScratch Rent() => _scratches.TryPop(out var scratch) ? scratch : new HnswScratch();

    private void Write(FileStream file)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        "KHNSW01\0"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Dimensions);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], (int)Metric);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], _graph.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], _options.M);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], _options.EfConstruction);
        BinaryPrimitives.WriteInt32LittleEndian(header[32..], _options.Ef);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], _options.Seed);
        file.Write(header);
        using (var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(MemoryMarshal.AsBytes(_ids.AsSpan(0, _graph.Count)));
            writer.Write(MemoryMarshal.AsBytes(_states.AsSpan(0, _graph.Count)));
            for (int node = 0; node < _graph.Count; node++) writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(_graph.Row(node), Dimensions)));
            _graph.Save(writer);
        }

        file.Flush();
        file.Position = HeaderBytes;
        var hash = new XxHash64();
        hash.Append(file);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], hash.GetCurrentHashAsUInt64());
        file.Position = 0;
        file.Write(header);
    }

    private void Read(string path, FileStream file, int count)
    {
        long[] ids = new long[count];
        file.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
        var states = new State[count];
        file.ReadExactly(MemoryMarshal.AsBytes(states.AsSpan()));
        _graph.Reserve(count);
        float[] row = new float[Dimensions];
        for (int node = 0; node < count; node++)
        {
            long at = file.Position;
            if (states[node] > State.Live) throw new VectorFileException(path, HeaderBytes + (8L * count) + node, $"node {node} has the unknown state {(byte)states[node]}");
            file.ReadExactly(MemoryMarshal.AsBytes(row.AsSpan()));
            int bad = Metrics.Metric.IndexOfNonFinite(row);
            if (bad >= 0) throw new VectorFileException(path, at + (4L * bad), $"component {bad} of node {node} is not finite");
            _graph.Place(row, 0, -1);
            if (states[node] == State.Hole) _holes.Push(node);
            else if (!_nodeOf.TryAdd(ids[node], node)) throw new VectorFileException(path, HeaderBytes + (8L * node), $"id {ids[node]} stands twice");
        }

        (_ids, _states, _added) = (ids, states, count);
        using (var reader = new BinaryReader(file, System.Text.Encoding.UTF8, leaveOpen: true)) _graph.Load(reader, problem => new VectorFileException(path, file.Position, problem));
        if (file.Position != file.Length) throw new VectorFileException(path, file.Position, $"{file.Length - file.Position} bytes too many");
        if (_graph.Entry >= 0 && _states[_graph.Entry] != State.Live) throw new VectorFileException(path, HeaderBytes, "the entry is no vector");
        if (_graph.Entry < 0 && _nodeOf.Count > 0) throw new VectorFileException(path, HeaderBytes, "vectors without an entry");
    }

    private readonly struct Admitted(State[] states, long[] ids, IdSet? filter) : IAdmitted
    {
        public bool Admits(int node) => states[node] == State.Live && (filter is null || filter.Contains(ids[node]));
    }
}
