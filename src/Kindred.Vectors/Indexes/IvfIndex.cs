using System.Runtime.CompilerServices;
using Kindred.Vectors.Clustering;
using Kindred.Vectors.Metrics;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// Inverted lists (Sivic &amp; Zisserman 2003; with codes in the lists, Jégou et al. 2011, section 4): vectors are kept in the list of their nearest
/// centroid, and a search looks into the lists whose centroids are nearest to the query.
/// </summary>
/// <remarks>Searches may run at once with each other; a change excludes everything else, as does setting a property.</remarks>
public sealed unsafe class IvfIndex : IVectorIndex
{
    /// <summary>Rows a centroid is trained with: training is most of the time of a build, and grows with them.</summary>
    private const int TrainingRows = 64;

    private const int MaxLists = 65_536;

    private const int Piece = 1024;

    private readonly IvfList[] _lists;
    private readonly CentroidPanels _panels;
    private readonly IvfScratch?[] _spare = new IvfScratch?[Environment.ProcessorCount];
    private Dictionary<long, (int List, int Row)>? _places;   // made when first needed: an index that is only searched has no use for it
    private int _nprobe;
    private int _rescore = 10;
    private long _count;
    private bool _disposed;

    internal IvfIndex(VectorCodec codec, VectorCodec? rescorer, float[] centroids)
    {
        Codec = codec;
        Rescorer = rescorer;
        Centroids = centroids;
        _panels = new CentroidPanels(centroids, codec.Dimensions, CentroidPanels.DistanceBias(centroids, codec.Dimensions));
        _lists = new IvfList[centroids.Length / codec.Dimensions];
        for (int i = 0; i < _lists.Length; i++) _lists[i] = new IvfList(codec.CodeBytes, rescorer?.CodeBytes ?? 0);
        _nprobe = Math.Min(_lists.Length, Math.Max(8, _lists.Length / 24));
    }

    /// <summary>Frees the lists of an index that was not disposed.</summary>
    ~IvfIndex() => Free();

    /// <inheritdoc/>
    public int Dimensions => Codec.Dimensions;

    /// <summary>How likeness is scored.</summary>
    public MetricKind Metric => Codec.Metric;

    /// <summary>How the lists keep their vectors.</summary>
    public VectorCodec Codec { get; }

    /// <summary>How vectors are kept a second time for rescoring; null when they are not.</summary>
    public VectorCodec? Rescorer { get; }

    /// <summary>How many lists there are.</summary>
    public int Lists => _lists.Length;

    /// <inheritdoc/>
    public long Count => _count;

    /// <summary>How many lists a search looks into, 1 to <see cref="Lists"/>; more, in order, where these hold too few matching vectors. More cost time and raise recall.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1; more than there are counts as all.</exception>
    public int Nprobe
    {
        get => _nprobe;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _nprobe = Math.Min(value, _lists.Length);
        }
    }

    /// <summary>This many times k hits are scored again by the <see cref="Rescorer"/>, 1 or more; the default is 10. Without a rescorer it says nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Rescore
    {
        get => _rescore;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _rescore = value;
        }
    }

    /// <summary>Bytes of the lists: ids, codes and what is kept for rescoring, with room to grow; and of the centroids.</summary>
    public long MemoryBytes
    {
        get
        {
            long bytes = 2L * Centroids.Length * sizeof(float);
            foreach (var list in _lists) bytes += (long)list.Capacity * (sizeof(long) + Codec.CodeBytes + (Rescorer?.CodeBytes ?? 0));
            return bytes;
        }
    }

    /// <summary>Row-major, shape [lists, dimensions].</summary>
    internal float[] Centroids { get; }

    /// <summary>Trains centroids on a sample and files all vectors, on all cores.</summary>
    /// <param name="vectors">Each of shape [dimensions], finite; may be empty: the index then has a single list.</param>
    /// <param name="ids">The key of each vector, none twice.</param>
    /// <param name="codec">How the lists keep the vectors, trained already; it also gives dimensions and metric.</param>
    /// <param name="options">How to build; null for the defaults.</param>
    /// <param name="cancel">Ends the building.</param>
    /// <exception cref="ArgumentException">Vectors and ids differ in number, a shape is wrong, a component is not finite, an id stands twice, or the rescorer has other dimensions or another metric.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The building was cancelled.</exception>
    public static IvfIndex Build(
        IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<long> ids, VectorCodec codec, IvfOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new IvfOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Lists);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Lists, MaxLists);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Iterations, 1);
        if (!(options.Balance >= 0)) throw new ArgumentOutOfRangeException(nameof(options), options.Balance, "Balance must be 0 or more.");
        if (vectors.Count != ids.Count) throw new ArgumentException($"There are {vectors.Count} vectors, but {ids.Count} ids.", nameof(ids));
        if (options.Rescorer is { } second && (second.Dimensions != codec.Dimensions || second.Metric != codec.Metric))
            throw new ArgumentException($"The rescorer is for {second.Metric} of {second.Dimensions} dimensions, the codec for {codec.Metric} of {codec.Dimensions}.", nameof(options));
        var seen = new HashSet<long>(ids.Count);
        for (int i = 0; i < ids.Count; i++)
        {
            Metrics.Metric.Require(vectors[i].Span, codec.Dimensions, $"{nameof(vectors)}[{i}]");
            if (!seen.Add(ids[i])) throw new ArgumentException($"The id {ids[i]} stands twice.", nameof(ids));
        }

        var index = new IvfIndex(codec, options.Rescorer, Train(vectors, codec, options, cancel));
        try
        {
            index.Fill(vectors, ids, cancel);
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
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(vector, Dimensions, nameof(vector));
        var places = Places();
        if (places.ContainsKey(id)) throw new ArgumentException($"The id {id} is in the index already.", nameof(id));
        var scratch = Take();
        var own = Own(vector, scratch.Vector);
        int nearest;
        float score;
        _panels.Nearest(scratch.Vector, 1, &nearest, &score);
        var list = _lists[nearest];
        int row = list.Add(id);
        Codec.Encode(own, list.Code(row));
        Rescorer?.Encode(own, list.ExactCode(row));
        places.Add(id, (nearest, row));
        _count++;
        Return(scratch);
    }

    /// <inheritdoc/>
    public bool Remove(long id)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var places = Places();
        if (!places.Remove(id, out var place)) return false;
        var list = _lists[place.List];
        list.RemoveAt(place.Row);
        if (place.Row < list.Count) places[list.Ids[place.Row]] = place;
        _count--;
        return true;
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, IdSet? filter = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(query, Dimensions, nameof(query));
        int wanted = (int)Math.Min(hits.Length, _count);
        if (wanted == 0) return 0;
        var scratch = Take();
        var own = Own(query, scratch.Vector);
        Codec.Prepare(own, new Span<byte>(scratch.Query, Codec.QueryBytes));
        int found;
        if (Rescorer is null)
        {
            var top = new TopK(hits[..wanted]);
            Probe(scratch, ref top, wanted, filter, byPlace: false);
            found = top.Sort();
        }
        else
        {
            int candidates = (int)Math.Min((long)wanted * _rescore, _count);
            if (scratch.Candidates.Length < candidates) scratch.Candidates = new Neighbor[candidates];
            var top = new TopK(scratch.Candidates.AsSpan(0, candidates));
            Probe(scratch, ref top, wanted, filter, byPlace: true);
            Rescorer.Prepare(own, new Span<byte>(scratch.Rescore, Rescorer.QueryBytes));
            found = ScoreAgain(scratch, scratch.Candidates.AsSpan(0, top.Count), hits[..wanted]);
        }

        if (Metric == MetricKind.Cosine)
            foreach (ref var hit in hits[..found]) hit = new Neighbor(hit.Id, Math.Clamp(hit.Score, -1, 1));
        Return(scratch);
        GC.KeepAlive(this);
        return found;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Neighbor> SearchRange(ReadOnlySpan<float> query, float minimumScore, IdSet? filter = null)
    {
        if (float.IsNaN(minimumScore)) throw new ArgumentException("The least score is not a number.", nameof(minimumScore));

        // more and more neighbours, until the last of them is too far
        for (long room = 128; ; room *= 4)
        {
            var hits = new Neighbor[Math.Min(room, Count)];
            int found = Search(query, hits, filter), near = found;
            while (near > 0 && hits[near - 1].Score < minimumScore) near--;
            if (near < hits.Length || hits.Length == Count) return hits[..near];
        }
    }

    /// <inheritdoc/>
    public int SearchGroups(ReadOnlySpan<float> query, Span<Neighbor> hits, Func<long, long> groupOf, IdSet? filter = null) =>
        GroupSearch.Run((q, around) => Search(q, around, filter), Count, query, hits, groupOf);

    /// <inheritdoc/>
    public void Save(string path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        IvfFile.Write(path, this, _lists);
    }

    /// <summary>Reads an index that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="Files.VectorFileException">The file is cut, damaged or of another format: names the byte and the field.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IvfIndex Open(string path) => IvfFile.Read(path);

    /// <summary>Frees the lists.</summary>
    public void Dispose()
    {
        _disposed = true;
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>The list of a file that is being read, for a given number of rows.</summary>
    internal IvfList Restore(int list, int rows)
    {
        _lists[list].Resize(rows);
        _count += rows;
        return _lists[list];
    }

    private static float[] Train(IReadOnlyList<ReadOnlyMemory<float>> vectors, VectorCodec codec, IvfOptions options, CancellationToken cancel)
    {
        int n = vectors.Count, d = codec.Dimensions;
        if (n == 0) return new float[d];
        int lists = Math.Min(n, options.Lists > 0 ? options.Lists : (int)Math.Clamp(4 * Math.Sqrt(n), 1, MaxLists));
        int sample = (int)Math.Min(Math.Min(n, (long)lists * TrainingRows), Array.MaxLength / d);
        lists = Math.Min(lists, sample);
        var rows = new float[sample * d];
        var random = new Random(options.Seed);
        var order = new int[n];
        for (int i = 0; i < n; i++) order[i] = i;
        for (int i = 0; i < sample; i++)
        {
            int j = random.Next(i, n);
            (order[i], order[j]) = (order[j], order[i]);
            var row = rows.AsSpan(i * d, d);
            vectors[order[i]].Span.CopyTo(row);
            if (codec.Metric == MetricKind.Cosine) Metrics.Metric.Normalize(row);
        }

        return KMeans.Train(rows, d, lists, options.Iterations, options.Seed, options.Balance, cancel);
    }

    private void Fill(IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<long> ids, CancellationToken cancel)
    {
        int n = vectors.Count, d = Dimensions, pieces = (n + Piece - 1) / Piece;
        var nearest = new int[n];
        var parallel = new ParallelOptions { CancellationToken = cancel };
        Parallel.For(0, pieces, parallel, piece =>
        {
            int from = piece * Piece, count = Math.Min(Piece, n - from);
            var rows = new float[Math.Min(count, CentroidPanels.Rows) * d];
            var scores = new float[CentroidPanels.Rows];
            fixed (float* x = rows, s = scores)
            fixed (int* to = nearest)
            {
                for (int at = 0; at < count; at += CentroidPanels.Rows)
                {
                    int some = Math.Min(CentroidPanels.Rows, count - at);
                    for (int i = 0; i < some; i++) Own(vectors[from + at + i].Span, x + (i * d));
                    _panels.Nearest(x, some, to + from + at, s);
                }
            }
        });

        // rows in the order of the vectors, whichever core codes them
        var sizes = new int[_lists.Length];
        var rowOf = new int[n];
        for (int i = 0; i < n; i++) rowOf[i] = sizes[nearest[i]]++;
        for (int list = 0; list < sizes.Length; list++) _lists[list].Resize(sizes[list]);
        Parallel.For(0, pieces, parallel, piece =>
        {
            var own = new float[d];
            fixed (float* x = own)
            {
                for (int i = piece * Piece; i < Math.Min(n, (piece + 1) * Piece); i++)
                {
                    Own(vectors[i].Span, x);
                    var list = _lists[nearest[i]];
                    list.Ids[rowOf[i]] = ids[i];
                    Codec.Encode(own, list.Code(rowOf[i]));
                    Rescorer?.Encode(own, list.ExactCode(rowOf[i]));
                }
            }
        });
        _count = n;
    }

    /// <summary>A copy of a vector, of length 1 under cosine.</summary>
    private ReadOnlySpan<float> Own(ReadOnlySpan<float> vector, float* space)
    {
        var own = new Span<float>(space, Dimensions);
        vector.CopyTo(own);
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(own);
        return own;
    }

    /// <summary>Offers the rows of the nearest lists: of <see cref="Nprobe"/> of them, and of more while fewer than wanted have matched.</summary>
    private void Probe(IvfScratch scratch, ref TopK top, int wanted, IdSet? filter, bool byPlace)
    {
        // the largest products are not where the nearest vectors are: under dot, lists go by their centroid's product
        if (Metric == MetricKind.Dot) _panels.Multiply(scratch.Vector, scratch.Coarse);
        else _panels.Score(scratch.Vector, scratch.Coarse);
        int done = 0, ready = _nprobe;
        while (true)
        {
            var nearest = new TopK(scratch.Lists.AsSpan(0, ready));
            for (int i = 0; i < _lists.Length; i++)
            {
                // a NaN, of sums that overflowed, would upset the order of the lists
                float score = scratch.Coarse[i];
                nearest.Offer(i, score >= float.MinValue ? score : float.MinValue);
            }

            nearest.Sort();
            for (; done < ready; done++)
            {
                if (done >= _nprobe && top.Count >= wanted) return;
                int list = (int)scratch.Lists[done].Id;
                long place = byPlace ? (long)list << 32 : -1;
                if (filter is null) ScanAll(_lists[list], scratch, ref top, place);
                else ScanMatching(_lists[list], scratch, ref top, place, filter);
            }

            if (top.Count >= wanted || ready == _lists.Length) return;
            ready = _lists.Length;   // rare: all lists in order, of which those above have been seen
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScanAll(IvfList list, IvfScratch scratch, ref TopK top, long place)
    {
        nint stride = Codec.CodeBytes;
        for (int from = 0; from < list.Count; from += IvfScratch.Chunk)
        {
            var scores = scratch.Scores.AsSpan(0, Math.Min(IvfScratch.Chunk, list.Count - from));
            Codec.ScoreRun(scratch.Query, list.Codes + (from * stride), stride, scores);
            if (place >= 0)
                for (int i = 0; i < scores.Length; i++) top.Offer(place + from + i, scores[i]);
            else
                for (int i = 0; i < scores.Length; i++) top.Offer(list.Ids[from + i], scores[i]);
        }
    }

    private void ScanMatching(IvfList list, IvfScratch scratch, ref TopK top, long place, IdSet filter)
    {
        for (int at = 0; at < list.Count;)
        {
            int some = 0;
            for (; at < list.Count && some < IvfScratch.Chunk; at++)
                if (filter.Contains(list.Ids[at])) scratch.Rows[some++] = at;
            var rows = scratch.Rows.AsSpan(0, some);
            var scores = scratch.Scores.AsSpan(0, some);
            Codec.Score(scratch.Query, list.Codes, Codec.CodeBytes, rows, scores);
            for (int i = 0; i < some; i++) top.Offer(place >= 0 ? place + rows[i] : list.Ids[rows[i]], scores[i]);
        }
    }

    private int ScoreAgain(IvfScratch scratch, ReadOnlySpan<Neighbor> candidates, Span<Neighbor> hits)
    {
        const int Ahead = 4;
        var top = new TopK(hits);
        int bytes = Rescorer!.CodeBytes;
        for (int i = 0; i < candidates.Length; i++)
        {
            if (i + Ahead < candidates.Length)
            {
                long next = candidates[i + Ahead].Id;
                Float32Codec.Fetch(_lists[(int)(next >> 32)].Exact + ((nint)(int)next * bytes), bytes);
            }

            var list = _lists[(int)(candidates[i].Id >> 32)];
            int row = (int)candidates[i].Id;
            float score;
            Rescorer.ScoreRun(scratch.Rescore, list.Exact + ((nint)row * bytes), bytes, new Span<float>(&score, 1));
            top.Offer(list.Ids[row], score);
        }

        return top.Sort();
    }

    private Dictionary<long, (int List, int Row)> Places()
    {
        if (_places is not null) return _places;
        _places = new Dictionary<long, (int List, int Row)>((int)_count);
        for (int list = 0; list < _lists.Length; list++)
            for (int row = 0; row < _lists[list].Count; row++) _places.Add(_lists[list].Ids[row], (list, row));
        return _places;
    }

    private IvfScratch Take()
    {
        for (int i = 0; i < _spare.Length; i++)
            if (_spare[i] is not null && Interlocked.Exchange(ref _spare[i], null) is { } scratch) return scratch;
        return new IvfScratch(Dimensions, Codec.QueryBytes, Rescorer?.QueryBytes ?? 0, _panels.Panels * CentroidPanels.Width, _lists.Length);
    }

    private void Return(IvfScratch scratch)
    {
        for (int i = 0; i < _spare.Length; i++)
            if (Interlocked.CompareExchange(ref _spare[i], scratch, null) is null) return;
    }

    private void Free()
    {
        foreach (var list in _lists) list?.Free();
        _count = 0;
    }
}
