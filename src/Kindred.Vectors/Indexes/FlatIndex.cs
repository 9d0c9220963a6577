using System.Buffers;
using System.Runtime.InteropServices;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Search without a structure: every vector is compared with the query, which finds every neighbour; or, with a codec, every code, after which the best are compared by
/// their vectors. Rows stand in one native, 64-byte aligned block.
/// </summary>
/// <remarks>Searches may run at once with each other; a change excludes everything else, as does setting a property. Format of the file: docs/formats/flat.md.</remarks>
public sealed unsafe class FlatIndex : IVectorIndex
{
    /// <summary>The longest vector an index or a vector file may hold.</summary>
    public const int MaxDimensions = 65_536;

    /// <summary>The most vectors an index may have.</summary>
    internal const int MaxRows = int.MaxValue - 1;

    /// <summary>Bytes of the table from id to row, for each entry there is room for.</summary>
    private const int TableBytes = 28;

    /// <summary>The longest padded query that is kept on the stack.</summary>
    private const int StackFloats = 1024;

    private readonly int _stride;
    private readonly NativeArray<float> _rows = new();
    private readonly NativeArray<long> _ids = new();
    private readonly Lock _rowOfLock = new();
    private readonly MappedFile? _map;
    private readonly string _path = "";
    private Dictionary<long, int>? _rowOf;
    private FlatCodes? _codes;
    private int _count;
    private int _rescore;
    private bool _disposed;

    /// <summary>Creates an empty index.</summary>
    /// <param name="dimensions">Length of every vector, 1 to <see cref="MaxDimensions"/>.</param>
    /// <param name="metric">How likeness is scored.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimensions are out of range.</exception>
    public FlatIndex(int dimensions, MetricKind metric = MetricKind.Cosine)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, MaxDimensions);
        Dimensions = dimensions;
        Metric = metric;
        _stride = (dimensions + 15) & ~15;   // each row starts on a cache line
    }

    /// <summary>An index whose sections stand in a file.</summary>
    internal FlatIndex(string path, MappedFile map, int dimensions, MetricKind metric, int count, long idsAt, VectorCodec? codec, long codesAt, long rowsAt)
        : this(dimensions, metric)
    {
        (_path, _map, _count) = (path, map, count);
        _ids.Borrow((long*)(map.Start + idsAt), count);
        _rows.Borrow((float*)(map.Start + rowsAt), count * (long)_stride);
        if (codec is null) return;
        _codes = new FlatCodes(codec);
        _codes.Borrow(map.Start + codesAt, count);
    }

    /// <inheritdoc/>
    public int Dimensions { get; }

    /// <summary>How likeness is scored.</summary>
    public MetricKind Metric { get; }

    /// <inheritdoc/>
    public long Count => _count;

    /// <summary>The ids in the index as they are now, in no promised order.</summary>
    public IReadOnlyCollection<long> Ids => new ReadOnlySpan<long>(_ids.Items, _count).ToArray();

    /// <summary>Scores codes before vectors; null when there is none.</summary>
    public VectorCodec? Codec => _codes?.Codec;

    /// <summary>
    /// With a codec, this many times k hits are scored again by their vectors, 0 or more; <see cref="Quantize"/> sets it to what suits the codec: 3 with 8 scalar bits, 6 with 4,
    /// 40 with 1 bit of RaBitQ, else 10. With 0 hits and their scores are as the codes say.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0.</exception>
    public int Rescore
    {
        get => _rescore;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _rescore = value;
        }
    }

    /// <summary>Bytes that searches need in memory: of ids, of vectors and of codes. Of an opened index with a codec vectors are not in it, of which only those that are scored again are read.</summary>
    public long MemoryBytes
    {
        get
        {
            long row = sizeof(long) + (_codes?.Codec.CodeBytes ?? 0) + (_codes is not null && _rows.IsBorrowed ? 0 : _stride * (long)sizeof(float));
            return (_count * row) + ((_rowOf?.Capacity ?? 0) * (long)TableBytes);
        }
    }

    /// <summary>The rows as they stand in memory, padding included: what a search without a codec reads.</summary>
    internal ReadOnlySpan<float> Rows => new(_rows.Items, checked(_count * _stride));

    private FlatRows All => new(_rows.Items, _stride, Dimensions, _ids.Items, Metric);

    /// <inheritdoc/>
    public void Add(long id, ReadOnlySpan<float> vector)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(vector, Dimensions, nameof(vector));
        if (_count == MaxRows) throw new InvalidOperationException($"An index holds at most {MaxRows} vectors.");
        if (!RowOf().TryAdd(id, _count)) throw new ArgumentException($"The id {id} is in the index already.", nameof(id));
        _ids.Reserve(_count + 1L);
        _rows.Reserve((_count + 1L) * _stride);
        _codes?.Reserve(_count + 1L);
        var row = new Span<float>(Row(_count), _stride);
        vector.CopyTo(row);
        row[Dimensions..].Clear();
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(row);
        _codes?.Encode(_count, Row(_count));
        _ids[_count++] = id;
    }

    /// <inheritdoc/>
    public bool Remove(long id)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!RowOf().Remove(id, out int row)) return false;
        int last = --_count;
        if (row == last) return true;

        // the last row fills the hole, so that the block stays without gaps
        new ReadOnlySpan<float>(Row(last), _stride).CopyTo(new Span<float>(Row(row), _stride));
        _codes?.Move(last, row);
        _ids[row] = _ids[last];
        RowOf()[_ids[last]] = row;
        return true;
    }

    /// <summary>Reads a stored vector: of length 1 under cosine.</summary>
    /// <param name="id">The key it was added under.</param>
    /// <param name="vector">Receives it: shape [dimensions].</param>
    /// <returns>False when there is no such id.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public bool TryGetVector(long id, Span<float> vector)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (vector.Length != Dimensions) throw new ArgumentException($"There is room for {vector.Length} components, not for {Dimensions}.", nameof(vector));
        if (!RowOf().TryGetValue(id, out int row)) return false;
        new ReadOnlySpan<float>(Row(row), Dimensions).CopyTo(vector);
        GC.KeepAlive(this);
        return true;
    }

    /// <summary>Codes every vector, now and later, and searches by the codes; the best hits are scored again by the vectors themselves, see <see cref="Rescore"/>.</summary>
    /// <param name="codec">Trained on such vectors; null to search by the vectors again.</param>
    /// <exception cref="ArgumentException">It is for other dimensions or another metric.</exception>
    public void Quantize(VectorCodec? codec)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (codec is not null && (codec.Dimensions != Dimensions || codec.Metric != Metric))
            throw new ArgumentException($"The codec is for {codec.Dimensions} dimensions by {codec.Metric}, the index has {Dimensions} by {Metric}.", nameof(codec));
        _codes?.Dispose();
        _codes = null;
        if (codec is null or { IsExact: true }) return;
        var codes = new FlatCodes(codec);
        codes.Reserve(_count);
        Parallel.For(0, _count, row => codes.Encode(row, Row(row)));
        (_codes, _rescore) = (codes, codec.ListRescore);
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, IdSet? filter = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(query, Dimensions, nameof(query));
        if (hits.IsEmpty || _count == 0) return 0;

        // as long as a row with its padding, so that the loop over a row has no rest
        float[]? rented = null;
        Span<float> padded = _stride <= StackFloats ? stackalloc float[StackFloats] : rented = ArrayPool<float>.Shared.Rent(_stride);
        padded = padded[.._stride];
        Prepare(query, padded);
        int found;
        fixed (float* q = padded)
        fixed (Neighbor* room = hits)
            Run(1, q, 1, room, hits.Length, &found, filter);
        if (rented is not null) ArrayPool<float>.Shared.Return(rented);
        return found;
    }

    /// <summary>
    /// Finds the nearest stored vectors of many queries at once, several times as fast as one by one: each row is read once for all of them. Allocates
    /// nothing on one thread. Scores may differ from those of a single search in the last bits.
    /// </summary>
    /// <param name="queries">Shape [m, dimensions], finite, row-major.</param>
    /// <param name="hits">Receives the neighbours, nearest first, equal scores in order of id: shape [m, k].</param>
    /// <param name="counts">Receives how many were found for each query, min(k, matching vectors): shape [m].</param>
    /// <param name="filter">Only ids in this set are found; null for all.</param>
    /// <param name="threads">How many may work, 1 or more; one query on a large index is shared among them too.</param>
    /// <exception cref="ArgumentException">A shape is wrong or a component is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The threads are fewer than 1.</exception>
    public void Search(ReadOnlySpan<float> queries, Span<Neighbor> hits, Span<int> counts, IdSet? filter = null, int threads = 1)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        SearchOn(FlatJob.Workers(threads, counts.Length, _count, _codes?.Codec.CodeBytes ?? _stride), queries, hits, counts, filter);
    }

    /// <summary>As the search of a batch, with exactly so many threads.</summary>
    internal void SearchOn(int workers, ReadOnlySpan<float> queries, Span<Neighbor> hits, Span<int> counts, IdSet? filter)
    {
        int m = counts.Length;
        if (queries.Length != (long)m * Dimensions) throw new ArgumentException($"The queries have {queries.Length} components, not {m} × {Dimensions}.", nameof(queries));
        if (m == 0 ? hits.Length > 0 : hits.Length % m != 0) throw new ArgumentException($"There is room for {hits.Length} hits, not for the same number of each of {m} queries.", nameof(hits));
        for (int q = 0; q < m; q++) Metrics.Metric.Require(queries.Slice(q * Dimensions, Dimensions), Dimensions, nameof(queries), q);
        counts.Clear();
        if (hits.IsEmpty || _count == 0) return;
        var prepared = (float*)NativeMemory.AlignedAlloc(checked((nuint)m * (nuint)_stride * sizeof(float)), 64);
        try
        {
            for (int q = 0; q < m; q++) Prepare(queries.Slice(q * Dimensions, Dimensions), new Span<float>(prepared + (q * (nint)_stride), _stride));
            fixed (Neighbor* room = hits)
            fixed (int* found = counts)
                Run(workers, prepared, m, room, hits.Length / m, found, filter);
        }
        finally
        {
            NativeMemory.AlignedFree(prepared);
        }
    }

    /// <summary>Finds all stored vectors that are near enough, nearest first; equal scores in order of id. Compares vectors themselves, codec or not.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<Neighbor> SearchRange(ReadOnlySpan<float> query, float minimumScore, IdSet? filter = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(query, Dimensions, nameof(query));
        if (float.IsNaN(minimumScore)) throw new ArgumentException("The least score is not a number.", nameof(minimumScore));
        float[] padded = new float[_stride];
        Prepare(query, padded);
        List<Neighbor> hits = [];
        fixed (float* q = padded) All.SearchRange(q, _count, minimumScore, filter, hits);
        GC.KeepAlive(this);
        hits.Sort(TopK.Order);
        return hits;
    }

    /// <inheritdoc/>
    public int SearchGroups(ReadOnlySpan<float> query, Span<Neighbor> hits, Func<long, long> groupOf, IdSet? filter = null) =>
        GroupSearch.Run((q, around) => Search(q, around, filter), Count, query, hits, groupOf);

    /// <inheritdoc/>
    public void Save(string path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        FlatFile.Write(path, this, _ids.Items, _rows.Items, _codes);
        GC.KeepAlive(this);
    }

    /// <summary>Opens a file of <see cref="Save"/>, memory-mapped. The file must not be changed while it is open; it may be replaced. A change to the index does not reach it.</summary>
    /// <param name="path">The file. Of an id that stands in it twice the first change tells, by a <see cref="VectorFileException"/>.</param>
    /// <exception cref="VectorFileException">The file is cut, damaged or of another format: names the section and the byte.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FlatIndex Open(string path) => FlatFile.Open(path);

    /// <summary>Frees the rows.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _rows.Dispose();
        _ids.Dispose();
        _codes?.Dispose();
        _map?.Dispose();
        _count = 0;
    }

    private void Run(int workers, float* queries, int m, Neighbor* hits, int k, int* counts, IdSet? filter)
    {
        if (_codes is null) FlatJob.Run(All, _count, workers, (byte*)queries, _stride * (nint)sizeof(float), m, hits, k, counts, filter);
        else _codes.Search(All, _count, workers, queries, m, hits, k, counts, filter, _rescore);
        GC.KeepAlive(this);
    }

    private float* Row(int row) => _rows.Items + (row * (nint)_stride);

    /// <summary>The way from an id to its row. An index that is only searched has no use for it, and makes none when it is opened.</summary>
    private Dictionary<long, int> RowOf()
    {
        lock (_rowOfLock)
        {
            if (_rowOf is not null) return _rowOf;
            var rowOf = new Dictionary<long, int>(_count);
            for (int row = 0; row < _count; row++)
                if (!rowOf.TryAdd(_ids[row], row)) throw new VectorFileException(_path, (byte*)(_ids.Items + row) - _map!.Start, $"section ids: id {_ids[row]} stands twice");
            return _rowOf = rowOf;
        }
    }

    /// <summary>Pads a query; under cosine it is given length 1 as the rows have, in double, so that no size of it leaves the range of float.</summary>
    private void Prepare(ReadOnlySpan<float> query, Span<float> padded)
    {
        query.CopyTo(padded);
        padded[Dimensions..].Clear();
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(padded[..Dimensions]);
    }
}
