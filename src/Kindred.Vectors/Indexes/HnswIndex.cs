using System.Numerics;
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
public sealed unsafe partial class HnswIndex : IVectorIndex
{
    /// <summary>Removed nodes are taken out of the graph when they are more than this share of it: until then searches pass through them.</summary>
    private const int RemovedShare = 16;

    /// <summary>After so large a share of additions every node is looked for along the graph, and linked if no way leads to it.</summary>
    private const int ProvedShare = 16;

    /// <summary>With a codec, so many times k of the candidates are scored again by their own vectors.</summary>
    private const int RescoreFactor = 4;

    /// <summary>Ids of a filter that admits less than one in so many are looked up one by one; else all vectors are asked in their order.</summary>
    private const int FewShare = 64;

    /// <summary>Rows fetched before the first of them is compared.</summary>
    private const int ScanRows = 16;

    /// <summary>So many comparisons one by one take the time in which a filtered walk follows a node (measured).</summary>
    private const int ScansForNode = 12;

    /// <summary>A walk that has met so many times the vectors that a filter admits is given up: they lie elsewhere.</summary>
    private const int LostFactor = 4;

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
    private int _unproved;
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

    private HnswIndex(HnswImage image)
        : this(image.Dimensions, image.Metric, image.Options)
    {
        _image = image;
        _graph.Borrow(image);
        _ids.Borrow(image.Ids, image.Count);
        _states.Reserve(image.Count);
        new Span<byte>(_states.Items, image.Count).Fill((byte)State.Live);
        (_codec, _count, _added) = (image.Codec, image.Count, image.Added);
        if (_codec is RabitqCodec { Bits: 1 } signs) _edges = new HnswEdgeCodes(_graph, signs, image.Codes);
        else if (_codec is not null) _codes.Borrow(image.Codes, image.Count * (long)_codec.CodeBytes);
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

            if (++_unproved > 64 + (_count / ProvedShare)) ReachAll();
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
            if (hits.IsEmpty || _count == 0) return 0;
            var scratch = Rent();
            int found = Search(query, hits, Math.Max(ef, hits.Length), filter, scratch);
            _scratches.Give(scratch);
            return found;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Neighbor> SearchRange(ReadOnlySpan<float> query, float minimumScore, IdSet? filter = null) => SearchRange(query, minimumScore, _options.Ef, filter);

    /// <summary>Finds the stored vectors that are near enough, nearest first: walks on from each of them, and compares vectors themselves, codec or not.</summary>
    /// <param name="query">Shape [dimensions], finite.</param>
    /// <param name="minimumScore">The least score of a hit: a cosine, a dot product, or minus a squared distance.</param>
    /// <param name="ef">Vectors that score less and are walked on from as well, 1 or more; more costs time and raises recall.</param>
    /// <param name="filter">Only ids in this set are found; null for all.</param>
    /// <exception cref="ArgumentException">The query's shape is wrong or a component is not finite, or the score is not a number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The ef is less than 1.</exception>
    public IReadOnlyList<Neighbor> SearchRange(ReadOnlySpan<float> query, float minimumScore, int ef, IdSet? filter = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ef, 1);
        if (float.IsNaN(minimumScore)) throw new ArgumentException("The least score is not a number.", nameof(minimumScore));
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Metrics.Metric.Require(query, Dimensions, nameof(query));
            if (_count == 0) return [];
            var scratch = Rent();
            float* floats = Padded(query, scratch.Query(_stride * sizeof(float)));
            List<HnswCandidate> near = [];
            var admitted = new Admitted(_states.Items, _ids.Items, filter);
            if (IsFewer(filter, ef, ef))
            {
                for (int node = 0; node < _graph.Count; node++)
                    if (admitted.Admits(node)) near.Add(new HnswCandidate(_graph.Score(floats, node), node));
            }
            else
            {
                int entry = _graph.Descend(floats, 0, out float score);
                _graph.SearchRange(floats, entry, score, minimumScore, ef, admitted, scratch, near);
            }

            _scratches.Give(scratch);
            List<Neighbor> hits = new(near.Count);
            foreach (var candidate in near)
                if (Bounded(candidate.Score) >= minimumScore) hits.Add(new Neighbor(_ids[candidate.Node], Bounded(candidate.Score)));
            hits.Sort(TopK.Order);
            return hits;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public int SearchGroups(ReadOnlySpan<float> query, Span<Neighbor> hits, Func<long, long> groupOf, IdSet? filter = null) => SearchGroups(query, hits, groupOf, _options.Ef, filter);

    /// <summary>Finds the nearest groups, such as documents of which each passage is a vector: the best hit of each, nearest first.</summary>
    /// <param name="query">Shape [dimensions], finite.</param>
    /// <param name="hits">Receives one hit a group; its length is the number of groups wanted.</param>
    /// <param name="groupOf">The group to which an id belongs.</param>
    /// <param name="ef">Candidates kept while searching; more costs time and raises recall.</param>
    /// <param name="filter">Only ids in this set are found; null for all.</param>
    /// <returns>How many of <paramref name="hits"/> were filled.</returns>
    /// <exception cref="ArgumentException">The query's shape is wrong or a component is not finite.</exception>
    public int SearchGroups(ReadOnlySpan<float> query, Span<Neighbor> hits, Func<long, long> groupOf, int ef, IdSet? filter = null) =>
        GroupSearch.Run((q, around) => Search(q, around, ef, filter), Count, query, hits, groupOf);

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

    /// <summary>How many vectors no search can find, because no way along the graph leads to them: 0 after a build and after removals.</summary>
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

    /// <inheritdoc/>
    public void Save(string path)
    {
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_removed > 0) Consolidate();
            else if (_unproved > 0) ReachAll();
            List<int> live = new(_count);
            for (int node = 0; node < _graph.Count; node++)
                if (_states[node] == State.Live) live.Add(node);
            HnswFile.Write(path, this, _graph, _ids.Items, _codes.Items, _edges, _added, live);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>
    /// Opens an index that <see cref="Save"/> wrote, with its codec. The file is mapped: vectors are read as searches touch them and nothing is copied; what is
    /// changed in the index stays in memory until it is saved, to the same file or another. The file may be replaced meanwhile, but must not be cut short.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is cut, damaged or of another format: names the section and the byte.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static HnswIndex Open(string path) => new(HnswFile.Open(path));

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

    private int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, int ef, IdSet? filter, HnswScratch scratch)
    {
        // codes of links are of no use where much is passed by
        var codec = _edges is null ? _codec : null;
        int codeBytes = _edges?.QueryBytes ?? codec?.QueryBytes ?? 0, queryBytes = ((codeBytes + 63) & ~63) + (_stride * sizeof(float));
        byte* prepared = scratch.Query(queryBytes);
        float* floats = Padded(query, prepared + ((codeBytes + 63) & ~63));
        if (IsFewer(filter, ef, hits.Length)) return Scan(floats, hits, filter, scratch);
        if (_edges is not null && filter is null) return SearchEdges(_edges, floats, prepared, hits, ef, scratch);
        codec?.Prepare(new ReadOnlySpan<float>(floats, Dimensions), new Span<byte>(prepared, codeBytes));
        byte* walked = codec is null ? (byte*)floats : prepared;
        int entry = _graph.Descend(floats, 0, out float score);
        if (codec is not null) score = ScoreCode(prepared, entry);
        int held = filter is null && _removed == 0
            ? _graph.SearchGround(codec, _codes.Items, walked, entry, score, ef, scratch)
            : _graph.SearchAdmitted(codec, _codes.Items, walked, entry, score, new Admitted(_states.Items, _ids.Items, filter), Narrowing(filter, ef, hits.Length), scratch);
        if (held < (filter is null ? Math.Min(hits.Length, _count) : hits.Length)) return Scan(floats, hits, filter, scratch);
        var pool = scratch.Pool.AsSpan(0, held);
        var top = new TopK(hits);
        if (codec is null) pool = pool[..Math.Min(held, hits.Length)];
        else pool = pool[..(int)Math.Min(held, Math.Max(32L, (long)RescoreFactor * hits.Length))];
        foreach (var candidate in pool)
        {
            float own = codec is null ? candidate.Score : _graph.Score(floats, candidate.Node);
            top.Offer(_ids[candidate.Node], Bounded(own));
        }

        return top.Sort();
    }

    /// <summary>A query as rows are kept: of length 1 under cosine, and zero past the dimensions.</summary>
    private float* Padded(ReadOnlySpan<float> query, byte* space)
    {
        var padded = new Span<float>(space, _stride);
        query.CopyTo(padded);
        padded[Dimensions..].Clear();
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(padded[..Dimensions]);
        return (float*)space;
    }

    private HnswNarrowing Narrowing(IdSet? filter, int ef, int k) => filter is null
        ? new HnswNarrowing(ef, ef, 0, long.MaxValue)
        : new HnswNarrowing(ef, (int)Math.Min(ef, (long)RescoreFactor * k), Share(filter), LostFactor * filter.Count);

    /// <summary>How many of the vectors a filter admits, as far as is known without asking for each.</summary>
    private double Share(IdSet filter) => Math.Min(1, filter.Count / (double)_count);

    /// <summary>Whether comparing one by one what a filter admits, share · n vectors, is less work than a walk past kept / share nodes and their neighbours.</summary>
    private bool IsFewer(IdSet? filter, int ef, int k)
    {
        if (filter is null) return _count < 2 * (long)ef;
        double share = Share(filter);
        return share * share * _count < ScansForNode * Narrowing(filter, ef, k).Kept(share);
    }

    private int SearchEdges(HnswEdgeCodes edges, float* query, byte* prepared, Span<Neighbor> hits, int ef, HnswScratch scratch)
    {
        edges.Prepare(new ReadOnlySpan<float>(query, Dimensions), prepared);
        int entry = _graph.Descend(query, 0, out _);

        // measured on glove and clustered rows: so many visits find what ef finds along exact scores, or a little more, at every ef
        ef = (int)Math.Min((2L * ef) + 32, _graph.Count);
        int held = _removed == 0
            ? edges.Search(query, prepared, entry, ef, default(Everything), scratch)
            : edges.Search(query, prepared, entry, ef, new Admitted(_states.Items, _ids.Items, null), scratch);
        if (held < Math.Min(hits.Length, _count)) return Scan(query, hits, null, scratch);
        var top = new TopK(hits);
        foreach (var candidate in scratch.Pool.AsSpan(0, held)) top.Offer(_ids[candidate.Node], Bounded(candidate.Score));
        return top.Sort();
    }

    private float ScoreCode(byte* prepared, int node)
    {
        float score = 0;
        _codec!.Score(prepared, _codes.Items, _codec.CodeBytes, new ReadOnlySpan<int>(in node), new Span<float>(ref score));
        return score;
    }

    /// <summary>Compares one by one.</summary>
    private int Scan(float* query, Span<Neighbor> hits, IdSet? filter, HnswScratch scratch)
    {
        var top = new TopK(hits);
        var admitted = new Admitted(_states.Items, _ids.Items, filter);
        int[] rows = scratch.Rows;
        int some = 0;
        if (filter is not null && filter.Count < _graph.Count / FewShare)
        {
            var nodes = Nodes();
            var words = filter.Words;
            for (int word = 0; word < words.Length; word++)
            {
                for (ulong left = words[word]; left != 0; left &= left - 1)
                    if (nodes.TryGetValue(((long)word << 6) + BitOperations.TrailingZeroCount(left), out int node)) Take(node, ref top);
            }
        }
        else
        {
            for (int node = 0; node < _graph.Count; node++)
                if (admitted.Admits(node)) Take(node, ref top);
        }

        Offer(ref top);
        return top.Sort();

        void Take(int node, ref TopK best)
        {
            rows[some++] = node;
            _graph.Fetch(node);
            if (some == ScanRows) Offer(ref best);
        }

        void Offer(ref TopK best)
        {
            for (int i = 0; i < some; i++) best.Offer(_ids[rows[i]], Bounded(_graph.Score(query, rows[i])));
            some = 0;
        }
    }

    private float Bounded(float score) => Metric == MetricKind.Cosine ? Math.Clamp(score, -1, 1) : score;

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

    private void LinkAll(int threads, IProgress<int>? progress, CancellationToken cancel)
    {
        int next = 0, done = 0, count = _graph.Count;
        int workers = threads > 0 ? threads : Environment.ProcessorCount;
        var first = Rent();
        _graph.Insert(next++, first);
        _scratches.Give(first);
        if (workers == 1) Work();
        else Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancel }, _ => Work());

        cancel.ThrowIfCancellationRequested();
        ReachAll();

        void Work()
        {
            var scratch = Rent();
            for (int node = Interlocked.Increment(ref next) - 1; node < count; node = Interlocked.Increment(ref next) - 1)
            {
                if (cancel.IsCancellationRequested) break;
                _graph.Insert(node, scratch);
                int told = Interlocked.Increment(ref done);
                if ((told & 1023) == 0) progress?.Report(told);
            }

            _scratches.Give(scratch);
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
        _unproved = 0;
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

    private readonly struct Everything : IAdmitted
    {
        public bool Admits(int node) => true;
    }

    private readonly struct Admitted(State* states, long* ids, IdSet? filter) : IAdmitted
    {
        public bool Admits(int node) => states[node] == State.Live && (filter is null || filter.Contains(ids[node]));
    }
}
