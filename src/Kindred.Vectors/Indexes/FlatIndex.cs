using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
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
        CheckVector(vector, nameof(vector));
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

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, IdSet? filter = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CheckVector(query, nameof(query));
        if (hits.IsEmpty) return 0;
        double queryNorm = 1;
        if (Metric == MetricKind.Cosine)
        {
            double sum = 0;
            foreach (float q in query) sum += (double)q * q;
            queryNorm = Math.Sqrt(sum);
        }

        // as long as a row with its padding, so that the loop over a row has no rest
        float[]? rented = null;
        Span<float> padded = _stride <= StackFloats ? stackalloc float[StackFloats] : rented = ArrayPool<float>.Shared.Rent(_stride);
        padded = padded[.._stride];
        query.CopyTo(padded);
        padded[Dimensions..].Clear();
        int found;
        fixed (float* q = padded)
        {
            found = Metric switch
            {
                MetricKind.Cosine => Scan<DotStep>(q, queryNorm > 0 ? (float)(1 / queryNorm) : 0, 1, hits, filter),
                MetricKind.Dot => Scan<DotStep>(q, 1, float.PositiveInfinity, hits, filter),
                _ => Scan<SquaredL2Step>(q, -1, float.PositiveInfinity, hits, filter),
            };
        }

        if (rented is not null) ArrayPool<float>.Shared.Return(rented);
        return found;
    }

    /// <inheritdoc/>
    public void Save(string path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        string beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None))
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
                file.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
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

    /// <summary>Compares every row, one behind the other: several rows at once would be several streams, which memory serves more slowly.</summary>
    /// <param name="query">Shape [stride], zero from the dimensions on.</param>
    /// <param name="scale">What a row's sum is multiplied by.</param>
    /// <param name="limit">Scores are held between −limit and limit.</param>
    /// <param name="hits">Receives the neighbours.</param>
    /// <param name="filter">The ids admitted; null for all.</param>
    // compiled at full strength at once: a command that searches calls it a single time
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Scan<TStep>(float* query, float scale, float limit, Span<Neighbor> hits, IdSet? filter)
        where TStep : struct, IStep
    {
        var top = new TopK(hits);
        var ids = CollectionsMarshal.AsSpan(_ids);
        nint stride = _stride;
        float* row = _rows;
        for (int i = 0; i < ids.Length; i++, row += stride)
        {
            if (filter is not null && !filter.Contains(ids[i])) continue;
            float score = Metrics.Metric.FoldPadded<TStep>(query, row, stride) * scale;
            top.Offer(ids[i], Math.Min(Math.Max(score, -limit), limit));
        }

        return top.Sort();
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

    private void CheckVector(ReadOnlySpan<float> vector, string name)
    {
        if (vector.Length != Dimensions) throw new ArgumentException($"The vector has {vector.Length} dimensions, the index {Dimensions}.", name);
        int bad = Metrics.Metric.IndexOfNonFinite(vector);
        if (bad >= 0) throw new ArgumentException($"Component {bad} of the vector is {vector[bad]}: not a finite number.", name);
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
