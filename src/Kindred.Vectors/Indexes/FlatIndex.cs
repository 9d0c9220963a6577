using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Indexes;

/// <summary>Exact search: every vector is compared with the query. Rows stand in one native, 64-byte aligned block.</summary>
/// <remarks>Searches may run at once with each other; a change excludes everything else. Format of the file: docs/formats/flat.md.</remarks>
public sealed unsafe class FlatIndex : IVectorIndex
{
    /// <summary>The longest vector an index or a vector file may hold.</summary>
    public const int MaxDimensions = 65_536;

    private const int HeaderBytes = 64;

    /// <summary>The longest padded query that is kept on the stack.</summary>
    private const int StackFloats = 1024;

    private static ReadOnlySpan<byte> Magic => "KFLAT01\0"u8;

    private readonly Dictionary<long, long> _rowOf = [];
    private readonly int _stride;
    private List<long> _ids = [];
    private float* _rows;
    private long _capacity;
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

    /// <summary>Frees the rows of an index that was not disposed.</summary>
    ~FlatIndex() => Free();

    /// <inheritdoc/>
    public int Dimensions { get; }

    /// <summary>How likeness is scored.</summary>
    public MetricKind Metric { get; }

    /// <inheritdoc/>
    public long Count => _ids.Count;

    /// <summary>The ids in the index, in no promised order.</summary>
    public IReadOnlyCollection<long> Ids => _ids;

    /// <summary>The rows as they stand in memory, padding included: what a search reads.</summary>
    internal ReadOnlySpan<float> Rows => new(_rows, checked(_ids.Count * _stride));

    /// <inheritdoc/>
    public void Add(long id, ReadOnlySpan<float> vector)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(vector, Dimensions, nameof(vector));
        if (!_rowOf.TryAdd(id, _ids.Count)) throw new ArgumentException($"The id {id} is in the index already.", nameof(id));
        if (_ids.Count == _capacity) Grow();
        var row = new Span<float>(_rows + (_ids.Count * (nint)_stride), _stride);
        vector.CopyTo(row);
        row[Dimensions..].Clear();
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(row);
        _ids.Add(id);
    }

    /// <inheritdoc/>
    public bool Remove(long id)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_rowOf.Remove(id, out long row)) return false;
        int last = _ids.Count - 1;
        if (row != last)
        {
            // the last row fills the hole, so that the block stays without gaps
            new ReadOnlySpan<float>(_rows + (last * (nint)_stride), _stride).CopyTo(new Span<float>(_rows + ((nint)row * _stride), _stride));
            _ids[(int)row] = _ids[last];
            _rowOf[_ids[last]] = row;
        }

        _ids.RemoveAt(last);
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
        if (!_rowOf.TryGetValue(id, out long row)) return false;
        new ReadOnlySpan<float>(_rows + ((nint)row * _stride), Dimensions).CopyTo(vector);
        return true;
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, IdSet? filter = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(query, Dimensions, nameof(query));
        if (hits.IsEmpty) return 0;

        // as long as a row with its padding, so that the loop over a row has no rest
        float[]? rented = null;
        Span<float> padded = _stride <= StackFloats ? stackalloc float[StackFloats] : rented = ArrayPool<float>.Shared.Rent(_stride);
        padded = padded[.._stride];
        Prepare(query, padded);
        int found;
        fixed (float* q = padded)
        fixed (Neighbor* room = hits)
            All.Search(q, 1, 0, _ids.Count, room, hits.Length, &found, filter);
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
        SearchOn(FlatJob.Workers(threads, counts.Length, _ids.Count, _stride), queries, hits, counts, filter);
    }

    /// <summary>As the search of a batch, with exactly so many threads.</summary>
    internal void SearchOn(int workers, ReadOnlySpan<float> queries, Span<Neighbor> hits, Span<int> counts, IdSet? filter)
    {
        int m = counts.Length;
        if (queries.Length != (long)m * Dimensions) throw new ArgumentException($"The queries have {queries.Length} components, not {m} × {Dimensions}.", nameof(queries));
        if (m == 0 ? hits.Length > 0 : hits.Length % m != 0) throw new ArgumentException($"There is room for {hits.Length} hits, not for the same number of each of {m} queries.", nameof(hits));
        for (int q = 0; q < m; q++) Metrics.Metric.Require(queries.Slice(q * Dimensions, Dimensions), Dimensions, nameof(queries), q);
        counts.Clear();
        if (hits.IsEmpty || _ids.Count == 0) return;
        var prepared = (float*)NativeMemory.AlignedAlloc(checked((nuint)m * (nuint)_stride * sizeof(float)), 64);
        try
        {
            for (int q = 0; q < m; q++) Prepare(queries.Slice(q * Dimensions, Dimensions), new Span<float>(prepared + (q * (nint)_stride), _stride));
            fixed (Neighbor* room = hits)
            fixed (int* found = counts)
                FlatJob.Run(All, _ids.Count, _stride, workers, prepared, m, room, hits.Length / m, found, filter);
        }
        finally
        {
            NativeMemory.AlignedFree(prepared);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Neighbor> SearchRange(ReadOnlySpan<float> query, float minimumScore, IdSet? filter = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(query, Dimensions, nameof(query));
        if (float.IsNaN(minimumScore)) throw new ArgumentException("The least score is not a number.", nameof(minimumScore));
        float[] padded = new float[_stride];
        Prepare(query, padded);
        List<Neighbor> hits = [];
        fixed (float* q = padded) All.SearchRange(q, _ids.Count, minimumScore, filter, hits);
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
        AtomicFile.Write(path, file =>
        {
            var hash = new XxHash64();
            file.Write(new byte[HeaderBytes]);
            var ids = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_ids));
            hash.Append(ids);
            file.Write(ids);
            for (int i = 0; i < _ids.Count; i++)
            {
                var row = MemoryMarshal.AsBytes(new ReadOnlySpan<float>(_rows + (i * (nint)_stride), Dimensions));
                hash.Append(row);
                file.Write(row);
            }

            Span<byte> header = stackalloc byte[HeaderBytes];
            header.Clear();
            Magic.CopyTo(header);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], Dimensions);
            BinaryPrimitives.WriteInt32LittleEndian(header[12..], (int)Metric);
            BinaryPrimitives.WriteInt64LittleEndian(header[16..], _ids.Count);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], hash.GetCurrentHashAsUInt64());
            file.Position = 0;
            file.Write(header);
        });
    }

    /// <summary>Reads an index that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is cut, damaged or of another format: names the byte and the field.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static FlatIndex Open(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes) throw new VectorFileException(path, file.Length, "too short for a header");
        if (!header[..8].SequenceEqual(Magic)) throw new VectorFileException(path, 0, "not a flat index of version 1");
        int dimensions = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (dimensions is < 1 or > MaxDimensions) throw new VectorFileException(path, 8, $"dimension {dimensions} is outside 1 to {MaxDimensions}");
        int metric = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        if (metric is < 0 or > (int)MetricKind.SquaredL2) throw new VectorFileException(path, 12, $"metric {metric} is unknown");
        long count = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        long perRow = 8 + (4L * dimensions);
        if (count < 0 || count > int.MaxValue || count != (file.Length - HeaderBytes) / perRow || (file.Length - HeaderBytes) % perRow != 0)
            throw new VectorFileException(path, 16, $"count {count} does not fit the file's {file.Length} bytes");

        var index = new FlatIndex(dimensions, (MetricKind)metric);
        try
        {
            index.ReadRows(path, file, (int)count, BinaryPrimitives.ReadUInt64LittleEndian(header[24..]));
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Frees the rows.</summary>
    public void Dispose()
    {
        _disposed = true;
        Free();
        GC.SuppressFinalize(this);
    }

    private void ReadRows(string path, FileStream file, int count, ulong expected)
    {
        var hash = new XxHash64();
        Reserve(count);
        CollectionsMarshal.SetCount(_ids, count);
        var ids = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_ids));
        file.ReadExactly(ids);
        hash.Append(ids);
        for (int i = 0; i < count; i++)
        {
            var row = new Span<float>(_rows + (i * (nint)_stride), _stride);
            row[Dimensions..].Clear();
            var bytes = MemoryMarshal.AsBytes(row[..Dimensions]);
            file.ReadExactly(bytes);
            hash.Append(bytes);
            if (!_rowOf.TryAdd(_ids[i], i)) throw new VectorFileException(path, HeaderBytes + (8L * i), $"id {_ids[i]} stands twice");
        }

        if (hash.GetCurrentHashAsUInt64() != expected) throw new VectorFileException(path, 24, "checksum differs: the file is damaged");
    }

    private FlatRows All => new(_rows, _stride, Dimensions, _ids, Metric);

    /// <summary>Pads a query; under cosine it is given length 1 as the rows have, in double, so that no size of it leaves the range of float.</summary>
    private void Prepare(ReadOnlySpan<float> query, Span<float> padded)
    {
        query.CopyTo(padded);
        padded[Dimensions..].Clear();
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(padded[..Dimensions]);
    }

    private void Grow() => Reserve(Math.Max(16, _capacity + (_capacity / 2)));

    private void Reserve(long rows)
    {
        if (rows <= _capacity) return;
        var bigger = (float*)NativeMemory.AlignedAlloc(checked((nuint)rows * (nuint)_stride * sizeof(float)), 64);
        if (_rows != null)
        {
            long bytes = _ids.Count * (long)_stride * sizeof(float);
            Buffer.MemoryCopy(_rows, bigger, bytes, bytes);
            NativeMemory.AlignedFree(_rows);
        }

        _rows = bigger;
        _capacity = rows;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_rows);
        _rows = null;
        _capacity = 0;
        _ids = [];
    }
}
