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
    /// <summary>The most lists an index may have.</summary>
    internal const int MaxLists = 65_536;

    /// <summary>Bytes of the next list that are asked for while one is being scored: where it begins is all that the hardware cannot foresee.</summary>
    private const int Ahead = 1024;

    private readonly IvfLists _lists;
    private readonly float[] _centres;
    private readonly Spares<IvfScratch> _spare = new();
    private int _nprobe;
    private int _rescore;
    private bool _disposed;

    /// <summary>An index with empty lists.</summary>
    internal IvfIndex(VectorCodec codec, VectorCodec? rescorer, float[] centroids)
    {
        Codec = codec;
        Rescorer = rescorer;
        Centroids = centroids;
        int d = codec.Dimensions;
        Panels = new CentroidPanels(centroids, d, CentroidPanels.DistanceBias(centroids, d));
        _lists = new IvfLists(centroids.Length / d, codec.ListCodeBytes, rescorer?.CodeBytes ?? 0);
        _centres = new float[checked(Lists * codec.CentreFloats)];
        for (int i = 0; i < Lists; i++) codec.Centre(Centroid(i), _centres.AsSpan(i * codec.CentreFloats, codec.CentreFloats));
        _rescore = codec.ListRescore;
        _nprobe = Math.Min(Lists, Math.Max(12, Lists / 24));
    }

    /// <summary>An index whose lists lie in a file.</summary>
    internal IvfIndex(VectorCodec codec, VectorCodec? rescorer, float[] centroids, IvfMemory memory, IvfLayout layout, ReadOnlySpan<int> counts, IvfSource source)
        : this(codec, rescorer, centroids)
    {
        _lists.Settle(memory, layout, counts, source);
    }

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
    public long Count => _lists.Count;

    /// <summary>How many lists a search looks into, 1 to <see cref="Lists"/>; more, in order, where these hold too few matching vectors. More cost time and raise recall.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1; more than there are counts as all.</exception>
    public int Nprobe
    {
        get => _nprobe;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _nprobe = Math.Min(value, Lists);
        }
    }

    /// <summary>This many times k hits are scored again by the <see cref="Rescorer"/>, 1 or more; the default is 3 with 8 scalar bits, 6 with 4, 40 with 1 bit of RaBitQ, else 10. Without a rescorer it says nothing.</summary>
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

    /// <summary>
    /// Bytes that searches need in memory: of ids, codes, centroids, and of what is kept for rescoring unless it lies in the file of an opened index, from which
    /// only rows that are scored again are read. The table from id to row, made by the first change, is not in it.
    /// </summary>
    public long MemoryBytes => (((2L * Centroids.Length) + _centres.Length) * sizeof(float)) + _lists.MemoryBytes;

    /// <summary>
    /// How much of −|c|²/2 counts when lists are put in order. Squared distance: all. Dot: nothing, the largest products are not where the nearest vectors are. Cosine: half, as a short
    /// centroid is that of a wide list, whose best row may be far nearer than it; for the same recall an eighth to a quarter fewer rows are read than with all or with nothing.
    /// </summary>
    private float CentroidShare => Metric switch { MetricKind.Dot => 0, MetricKind.Cosine => 0.5f, _ => 1 };

    /// <summary>Compares vectors with all centroids.</summary>
    internal CentroidPanels Panels { get; }

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
        IvfBuilder.Check(codec, options);
        if (vectors.Count != ids.Count) throw new ArgumentException($"There are {vectors.Count} vectors, but {ids.Count} ids.", nameof(ids));
        var seen = new HashSet<long>(ids.Count);
        for (int i = 0; i < ids.Count; i++)
        {
            Metrics.Metric.Require(vectors[i].Span, codec.Dimensions, $"{nameof(vectors)}[{i}]");
            if (!seen.Add(ids[i])) throw new ArgumentException($"The id {ids[i]} stands twice.", nameof(ids));
        }

        var index = IvfBuilder.Train(vectors, codec, options, cancel);
        try
        {
            IvfBuilder.Fill(index, vectors, ids, cancel);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Builds an index straight into a file, for more vectors than memory holds: they are read once, and some tens of megabytes are kept of them at a time.</summary>
    /// <param name="path">The file to make or replace, for <see cref="Open"/>. Beside it stands a file of the same size until all is done.</param>
    /// <param name="rows">Each of shape [dimensions], finite; the id of a row is its number, from 0.</param>
    /// <param name="sample">Some of the vectors, to train on: a hundred for each list are plenty. May be empty: there is a single list then.</param>
    /// <param name="codec">How the lists keep the vectors, trained already; it also gives dimensions and metric.</param>
    /// <param name="options">How to build; null for the defaults. The default number of lists goes by the sample's size: better say it.</param>
    /// <param name="cancel">Ends the building.</param>
    /// <exception cref="ArgumentException">A shape is wrong, a component is not finite, or the rescorer has other dimensions or another metric.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="OperationCanceledException">The building was cancelled; nothing is left of it.</exception>
    public static void BuildFile(
        string path, IEnumerable<ReadOnlyMemory<float>> rows, IReadOnlyList<ReadOnlyMemory<float>> sample, VectorCodec codec, IvfOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new IvfOptions();
        IvfBuilder.Check(codec, options);
        for (int i = 0; i < sample.Count; i++) Metrics.Metric.Require(sample[i].Span, codec.Dimensions, $"{nameof(sample)}[{i}]");
        using var index = IvfBuilder.Train(sample, codec, options, cancel);
        IvfStream.Write(path, rows, index, cancel);
    }

    /// <inheritdoc/>
    public void Add(long id, ReadOnlySpan<float> vector)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(vector, Dimensions, nameof(vector));
        if (_lists.Contains(id)) throw new ArgumentException($"The id {id} is in the index already.", nameof(id));
        var scratch = Take();
        var own = Own(vector, scratch.Vector);
        int nearest;
        float score;
        Panels.Nearest(scratch.Vector, 1, &nearest, &score);
        var (list, row) = _lists.Add(nearest, id);
        Codec.EncodeInList(own, Centroid(nearest), list.Code(row));
        Rescorer?.Encode(own, list.ExactCode(row));
        _spare.Give(scratch);
    }

    /// <inheritdoc/>
    public bool Remove(long id)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _lists.Remove(id);
    }

    /// <inheritdoc/>
    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, IdSet? filter = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Metrics.Metric.Require(query, Dimensions, nameof(query));
        int wanted = (int)Math.Min(hits.Length, Count);
        if (wanted == 0) return 0;
        var scratch = Take();
        var own = Own(query, scratch.Vector);
        Codec.PrepareForLists(own, new Span<byte>(scratch.Query, Codec.ListQueryBytes));
        int found;
        if (Rescorer is null)
        {
            var top = new TopK(hits[..wanted]);
            Probe(scratch, ref top, wanted, filter, byPlace: false);
            found = top.Sort();
        }
        else
        {
            int candidates = (int)Math.Min((long)wanted * _rescore, Count);
            if (scratch.Candidates.Length < candidates) scratch.Candidates = new Neighbor[candidates];
            var top = new TopK(scratch.Candidates.AsSpan(0, candidates));
            Probe(scratch, ref top, wanted, filter, byPlace: true);
            Rescorer.Prepare(own, new Span<byte>(scratch.Rescore, Rescorer.QueryBytes));
            found = ScoreAgain(scratch, scratch.Candidates.AsSpan(0, top.Count), hits[..wanted]);
        }

        if (Metric == MetricKind.Cosine)
            foreach (ref var hit in hits[..found]) hit = new Neighbor(hit.Id, Math.Clamp(hit.Score, -1, 1));
        _spare.Give(scratch);
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
        IvfFile.Write(path, this);
    }

    /// <summary>
    /// Opens a file of <see cref="Save"/> or <see cref="BuildFile"/>, memory-mapped: lists are read when a search first looks into them, and their checksums are compared
    /// then. The file must not be changed while it is open; it may be replaced. A change copies the list that it touches into memory.
    /// </summary>
    /// <param name="path">The file. A search that comes to a damaged list throws a <see cref="Files.VectorFileException"/>; see <see cref="Verify"/>.</param>
    /// <exception cref="Files.VectorFileException">The file is cut, damaged or of another format: names the byte and the field.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IvfIndex Open(string path) => IvfFile.Open(path);

    /// <summary>Reads all lists of an opened file and compares their checksums; rows for rescoring are checked by this alone.</summary>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="Files.VectorFileException">A list is damaged: names the byte.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public void Verify(CancellationToken cancel = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _lists.Verify(cancel);
        GC.KeepAlive(this);
    }

    /// <summary>Frees the lists.</summary>
    public void Dispose()
    {
        _disposed = true;
        _lists.Dispose();
    }

    /// <summary>A list's centroid.</summary>
    internal ReadOnlySpan<float> Centroid(int list) => Centroids.AsSpan(list * Dimensions, Dimensions);

    /// <summary>A list.</summary>
    internal IvfList List(int list) => _lists[list];

    /// <summary>Gives empty lists their rows.</summary>
    internal void Settle(IvfMemory memory, IvfLayout layout, ReadOnlySpan<int> counts) => _lists.Settle(memory, layout, counts, source: null);

    /// <summary>A copy of a vector, of length 1 under cosine.</summary>
    internal ReadOnlySpan<float> Own(ReadOnlySpan<float> vector, float* space)
    {
        var own = new Span<float>(space, Dimensions);
        vector.CopyTo(own);
        if (Metric == MetricKind.Cosine) Metrics.Metric.Normalize(own);
        return own;
    }

    /// <summary>Offers the rows of the nearest lists: of <see cref="Nprobe"/> of them, and of more while fewer than wanted have matched.</summary>
    private void Probe(IvfScratch scratch, ref TopK top, int wanted, IdSet? filter, bool byPlace)
    {
        Panels.Score(scratch.Vector, CentroidShare, scratch.Coarse);
        int done = 0, ready = _nprobe;
        while (true)
        {
            var nearest = new TopK(scratch.Lists.AsSpan(0, ready));

            // a NaN, of sums that overflowed, would upset the order of the lists
            var coarse = new Span<float>(scratch.Coarse, Lists);
            foreach (ref float score in coarse) score = score >= float.MinValue ? score : float.MinValue;
            nearest.Offer(coarse, 0, null);
            nearest.Sort();
            for (; done < ready; done++)
            {
                if (done >= _nprobe && top.Count >= wanted) return;
                int at = (int)scratch.Lists[done].Id;
                var list = _lists.Checked(at);
                if (done + 1 < ready) Float32Codec.Fetch(_lists[(int)scratch.Lists[done + 1].Id].Codes, Ahead);
                if (list.Count == 0) continue;
                Codec.EnterList(scratch.Query, new ReadOnlySpan<float>(scratch.Vector, Dimensions), Centroid(at), _centres.AsSpan(at * Codec.CentreFloats, Codec.CentreFloats));
                Scan(list, scratch, ref top, byPlace ? (long)at << 32 : -1, filter);
            }

            if (top.Count >= wanted || ready == Lists) return;
            ready = Lists;   // rare: all lists in order, of which those above have been seen
        }
    }

    private void Scan(IvfList list, IvfScratch scratch, ref TopK top, long place, IdSet? filter)
    {
        var rows = new CodeRows(Codec, isList: true, list.Codes, list.Ids);
        for (int at = 0; at < list.Count;)
        {
            if (filter is null)
            {
                var scores = scratch.Scores.AsSpan(0, Math.Min(CodeRows.Chunk, list.Count - at));
                rows.Offer(scratch.Query, at, scores, place, ref top);
                at += scores.Length;
            }
            else
            {
                int some = rows.Admitted(filter, ref at, list.Count, scratch.Rows);
                rows.Offer(scratch.Query, scratch.Rows.AsSpan(0, some), scratch.Scores.AsSpan(0, some), place, ref top);
            }
        }
    }

    private int ScoreAgain(IvfScratch scratch, ReadOnlySpan<Neighbor> candidates, Span<Neighbor> hits)
    {
        const int RowsAhead = 4;
        var top = new TopK(hits);
        int bytes = Rescorer!.CodeBytes;
        for (int i = 0; i < candidates.Length; i++)
        {
            if (i + RowsAhead < candidates.Length)
            {
                long next = candidates[i + RowsAhead].Id;
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

    private IvfScratch Take() =>
        _spare.Take() ?? new IvfScratch(Dimensions, Codec.ListQueryBytes, Rescorer?.QueryBytes ?? 0, Panels.Panels * CentroidPanels.Width, Lists);
}
