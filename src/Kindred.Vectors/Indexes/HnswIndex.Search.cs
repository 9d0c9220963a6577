using System.Numerics;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Indexes;

/// <content>The searches: along the graph, or one by one where that is less work.</content>
public sealed unsafe partial class HnswIndex
{
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

        // measured on words, texts and clustered rows: so many visits find what ef finds along exact scores, or a little more, at every ef
        ef = (int)Math.Min((2L * ef) + 20, _graph.Count);
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

    private readonly struct Everything : IAdmitted
    {
        public bool Admits(int node) => true;
    }

    private readonly struct Admitted(State* states, long* ids, IdSet? filter) : IAdmitted
    {
        public bool Admits(int node) => states[node] == State.Live && (filter is null || filter.Contains(ids[node]));
    }
}
