using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kindred.Vectors.Clustering;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// Product quantisation (Jégou et al. 2011, section 3): a vector is cut into parts, and each part is kept as the number, one byte, of the nearest of
/// up to 256 learned centroids. A query is not coded: a table of its likeness with every centroid makes a score one look-up a part (their section 3.2, asymmetric).
/// </summary>
/// <remarks>A score is the exact score of the decoded vector, save for rounding. Immutable: may be used from several threads at once.</remarks>
public sealed unsafe class ProductCodec : VectorCodec
{
    /// <summary>Centroids of a part.</summary>
    internal const int Centroids = 256;

    private const int Iterations = 12;

    /// <summary>In front of the table for lists: what the rows of the list share.</summary>
    private const int HeadBytes = 64;

    private readonly int[] _starts;
    private readonly float[][] _books;
    private readonly CentroidPanels[] _nearest;
    private readonly float[]? _rotation;

    private ProductCodec(int dimensions, MetricKind metric, float[][] books, float[]? rotation)
        : base(dimensions, metric)
    {
        _books = books;
        _rotation = rotation;
        _starts = Starts(dimensions, books.Length);
        _nearest = new CentroidPanels[books.Length];
        for (int part = 0; part < books.Length; part++)
        {
            int width = _starts[part + 1] - _starts[part];
            _nearest[part] = new CentroidPanels(books[part], width, CentroidPanels.DistanceBias(books[part], width));
        }
    }

    /// <summary>Into how many parts a vector is cut: bytes of its code before padding.</summary>
    public int Parts => _books.Length;

    /// <summary>Whether vectors are rotated first, so that the parts carry equal and independent shares.</summary>
    public bool IsRotated => _rotation is not null;

    /// <inheritdoc/>
    public override string Name => "pq";

    /// <inheritdoc/>
    public override int CodeBytes => (Parts + 3) & ~3;

    /// <inheritdoc/>
    public override int QueryBytes => Parts * Centroids * sizeof(float);

    /// <summary>Learns the centroids of each part, and the rotation if one is wanted.</summary>
    /// <param name="sample">Some of the vectors to be coded, each of shape [dimensions], finite, at least one; up to 65,536 of them are used.</param>
    /// <param name="dimensions">Length of every vector, 1 to 65,536.</param>
    /// <param name="metric">What is scored.</param>
    /// <param name="parts">Into how many parts, 1 to <paramref name="dimensions"/>; dimensions / 4 is a fair start.</param>
    /// <param name="rotate">Learn a rotation too (Ge et al. 2013); training then costs rows × dimensions² a round, coding and asking dimensions² more.</param>
    /// <param name="seed">Of the random choices: the same seed and sample give the same codec.</param>
    /// <param name="cancel">Ends the training.</param>
    /// <exception cref="ArgumentException">The sample is empty, or a vector of it has another length or a component that is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimensions or the parts are out of range, or a rotation is wanted of more than 4,096 dimensions.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public static ProductCodec Train(
        IReadOnlyList<ReadOnlyMemory<float>> sample, int dimensions, MetricKind metric, int parts, bool rotate = false, int seed = 1, CancellationToken cancel = default)
    {
        ScalarCodec.CheckedDimensions(dimensions);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parts, dimensions);
        if (rotate) ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, 4096);
        if (sample.Count == 0) throw new ArgumentException("Product codes must be learned from at least one vector.", nameof(sample));

        int n = (int)Math.Min(Math.Min(sample.Count, Centroids * KMeans.MaxRowsPerCentroid), Array.MaxLength / dimensions);
        var rows = new float[n * dimensions];
        for (int i = 0; i < n; i++)
        {
            // evenly over the sample: it may be in order
            int at = (int)((long)i * sample.Count / n);
            var row = sample[at].Span;
            if (row.Length != dimensions) throw new ArgumentException($"Vector {at} of the sample has {row.Length} dimensions, not {dimensions}.", nameof(sample));
            int bad = Metrics.Metric.IndexOfNonFinite(row);
            if (bad >= 0) throw new ArgumentException($"Component {bad} of vector {at} of the sample is {row[bad]}: not a finite number.", nameof(sample));
            row.CopyTo(rows.AsSpan(i * dimensions));
        }

        return Train(rows, dimensions, metric, parts, rotate, seed, cancel);
    }

    private static ProductCodec Train(float[] rows, int dimensions, MetricKind metric, int parts, bool rotate, int seed, CancellationToken cancel)
    {
        int n = rows.Length / dimensions;
        int[] starts = Starts(dimensions, parts);
        float[]? rotation = rotate ? OptimizedRotation.Learn(rows, dimensions, starts, seed, cancel) : null;
        if (rotation is not null) rows = OptimizedRotation.Multiply(rows, rotation, n, dimensions, dimensions);
        var books = new float[parts][];
        for (int part = 0; part < parts; part++)
        {
            int width = starts[part + 1] - starts[part];
            books[part] = KMeans.Train(Columns(rows, n, dimensions, starts[part], width), width, Centroids, Iterations, seed + part, 0, cancel);
        }

        return new ProductCodec(dimensions, metric, books, rotation);
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<float> vector, Span<byte> code)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(Dimensions);
        var x = Turn(vector, rented);
        fixed (float* row = x)
        {
            for (int part = 0; part < Parts; part++)
            {
                int nearest;
                float score;
                _nearest[part].Nearest(row + _starts[part], 1, &nearest, &score);
                code[part] = (byte)nearest;
            }
        }

        code[Parts..CodeBytes].Clear();
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> code, Span<float> vector)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(Dimensions);
        var x = rented.AsSpan(0, Dimensions);
        for (int part = 0; part < Parts; part++) Centroid(part, code[part]).CopyTo(x[_starts[part]..]);
        if (_rotation is null)
        {
            x.CopyTo(vector);
        }
        else
        {
            vector[..Dimensions].Clear();
            for (int i = 0; i < Dimensions; i++)
                for (int j = 0; j < Dimensions; j++)
                    vector[j] += _rotation[(i * Dimensions) + j] * x[i];
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> query, Span<byte> prepared) => Fill(query, prepared, Metric == MetricKind.SquaredL2);

    private void Fill(ReadOnlySpan<float> query, Span<byte> prepared, bool distances)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(Dimensions + Centroids);
        var x = Turn(query, rented);
        var scores = rented.AsSpan(Dimensions, Centroids);
        var table = MemoryMarshal.Cast<byte, float>(prepared[..QueryBytes]);
        fixed (float* row = x, to = scores)
        {
            for (int part = 0; part < Parts; part++)
            {
                var line = table.Slice(part * Centroids, Centroids);
                line.Clear();
                var q = x[_starts[part].._starts[part + 1]];
                int count = _nearest[part].Count;
                if (distances)
                {
                    for (int c = 0; c < count; c++) line[c] = -Metrics.Metric.SquaredL2(q, Centroid(part, c));
                }
                else
                {
                    _nearest[part].Multiply(row + _starts[part], to);
                    scores[..count].CopyTo(line);
                }
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    internal override void Score(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores) =>
        RowScan.Gather(new Scorer(this, prepared), codes, stride, CodeBytes, rows, scores);

    internal override void ScoreRun(byte* prepared, byte* codes, nint stride, Span<float> scores) =>
        RowScan.Run(new Scorer(this, prepared), codes, stride, scores);

    /// <summary>What of the score depends on the row alone follows its code.</summary>
    internal override int ListCodeBytes => CodeBytes + sizeof(float);

    internal override int ListQueryBytes => HeadBytes + ((QueryBytes + 63) & ~63);

    /// <summary>Trained anew: what is left after the centroids is distributed unlike the vectors.</summary>
    internal override VectorCodec ForLists(float[] rest, ReadOnlySpan<float> mean, int seed, CancellationToken cancel) =>
        Train(rest, Dimensions, Metric, Parts, IsRotated, seed, cancel);

    internal override void EncodeInList(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroid, Span<byte> code)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(Dimensions);
        var rest = rented.AsSpan(0, Dimensions);
        for (int i = 0; i < rest.Length; i++) rest[i] = vector[i] - centroid[i];
        Encode(rest, code);
        MemoryMarshal.Write(code[CodeBytes..], (float)Own(rest, centroid, code));
        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>
    /// The part of a score in a list that is the row's own, where the table adds q·r̂ for the rest r ≈ r̂: with it the error is (q − c)·(r − r̂), where
    /// q·(r − r̂) would be many times as much in a tight list far out.
    /// </summary>
    private double Own(ReadOnlySpan<float> rest, ReadOnlySpan<float> centroid, ReadOnlySpan<byte> code)
    {
        float[] coded = new float[Dimensions];
        Decode(code, coded);
        double own = 0;
        for (int i = 0; i < coded.Length; i++)
        {
            // −|q − c − r̂|² = −|q − c|² + 2·q·r̂ − r̂·(r̂ + 2·c), and q·c + (q − c)·r̂ + c·r = q·c + q·r̂ + c·(r − r̂)
            double r = coded[i];
            own += Metric == MetricKind.SquaredL2 ? -r * (r + (2.0 * centroid[i])) : centroid[i] * (rest[i] - r);
        }

        return own;
    }

    internal override void PrepareForLists(ReadOnlySpan<float> query, Span<byte> prepared)
    {
        Fill(query, prepared[HeadBytes..], distances: false);
        if (Metric != MetricKind.SquaredL2) return;
        foreach (ref float product in MemoryMarshal.Cast<byte, float>(prepared.Slice(HeadBytes, QueryBytes))) product *= 2;
    }

    internal override void EnterList(byte* prepared, ReadOnlySpan<float> query, ReadOnlySpan<float> centroid, ReadOnlySpan<float> centre) =>
        *(float*)prepared = Shared(query, centroid);

    internal override void ScoreInList(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores) =>
        RowScan.Gather(new RowScan.WithOwn<ListScorer>(new ListScorer(this, prepared), CodeBytes), codes, stride, ListCodeBytes, rows, scores);

    internal override void ScoreRunInList(byte* prepared, byte* codes, nint stride, Span<float> scores) =>
        RowScan.Run(new RowScan.WithOwn<ListScorer>(new ListScorer(this, prepared), CodeBytes), codes, stride, scores);

    internal override void Save(BinaryWriter writer)
    {
        writer.Write(Parts);
        writer.Write(IsRotated);
        if (_rotation is not null) writer.Write(MemoryMarshal.AsBytes(_rotation.AsSpan()));
        foreach (float[] book in _books)
        {
            writer.Write(book.Length);
            writer.Write(MemoryMarshal.AsBytes(book.AsSpan()));
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A field is out of its range.</exception>
    internal static ProductCodec Load(BinaryReader reader, int dimensions, MetricKind metric)
    {
        ScalarCodec.CheckedDimensions(dimensions);
        int parts = reader.ReadInt32();
        if (parts < 1 || parts > dimensions) throw new InvalidDataException($"{parts} parts of {dimensions} dimensions");
        float[]? rotation = null;
        if (reader.ReadBoolean())
        {
            if (dimensions > 4096) throw new InvalidDataException($"a rotation of {dimensions} dimensions");
            rotation = Floats(reader, dimensions * dimensions);
        }

        int[] starts = Starts(dimensions, parts);
        var books = new float[parts][];
        for (int part = 0; part < parts; part++)
        {
            int width = starts[part + 1] - starts[part], length = reader.ReadInt32();
            if (length < width || length > width * Centroids || length % width != 0) throw new InvalidDataException($"part {part} has {length} numbers");
            books[part] = Floats(reader, length);
        }

        return new ProductCodec(dimensions, metric, books, rotation);
    }

    /// <summary>Some columns of a matrix.</summary>
    internal static float[] Columns(float[] rows, int n, int dimensions, int from, int width)
    {
        var columns = new float[n * width];
        for (int i = 0; i < n; i++) rows.AsSpan((i * dimensions) + from, width).CopyTo(columns.AsSpan(i * width));
        return columns;
    }

    private static float[] Floats(BinaryReader reader, int count)
    {
        // what a field claims is believed up to the bytes that are there
        if (reader.BaseStream.Length - reader.BaseStream.Position < count * (long)sizeof(float)) throw new EndOfStreamException();
        var values = new float[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        if (Metrics.Metric.IndexOfNonFinite(values) >= 0) throw new InvalidDataException("a number that is not finite");
        return values;
    }

    /// <summary>Where each part begins, and the end: parts differ by one component at most.</summary>
    private static int[] Starts(int dimensions, int parts)
    {
        var starts = new int[parts + 1];
        for (int part = 0; part <= parts; part++) starts[part] = (int)((long)dimensions * part / parts);
        return starts;
    }

    private ReadOnlySpan<float> Turn(ReadOnlySpan<float> vector, float[] space)
    {
        if (_rotation is null) return vector;
        for (int i = 0; i < Dimensions; i++) space[i] = Metrics.Metric.Dot(_rotation.AsSpan(i * Dimensions, Dimensions), vector);
        return space.AsSpan(0, Dimensions);
    }

    private ReadOnlySpan<float> Centroid(int part, int c)
    {
        int width = _starts[part + 1] - _starts[part];
        return _books[part].AsSpan(c * width, width);
    }

    private readonly struct ListScorer(ProductCodec codec, byte* prepared) : IRowScorer
    {
        private readonly Scorer _products = new(codec, prepared + HeadBytes);
        private readonly float _shared = *(float*)prepared;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code) => _products.Score(code) + _shared;
    }

    private readonly struct Scorer(ProductCodec codec, byte* prepared) : IRowScorer
    {
        private readonly float* _table = (float*)prepared;
        private readonly int _parts = codec.Parts;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Score(byte* code)
        {
            float* t = _table;
            float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            int part = 0;
            for (; part <= _parts - 4; part += 4, t += 4 * Centroids)
            {
                s0 += t[code[part]];
                s1 += t[Centroids + code[part + 1]];
                s2 += t[(2 * Centroids) + code[part + 2]];
                s3 += t[(3 * Centroids) + code[part + 3]];
            }

            for (; part < _parts; part++, t += Centroids) s0 += t[code[part]];
            return s0 + s1 + (s2 + s3);
        }
    }
}
