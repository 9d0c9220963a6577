using System.Runtime.InteropServices;
using Kindred.Store.Answers;
using Kindred.Store.Filters;
using Kindred.Store.Search;
using Kindred.Store.Storage;
using Kindred.Vectors.Indexes;
using Microsoft.Data.Sqlite;

namespace Kindred.Store;

/// <content>What searches and answers read of the store.</content>
public sealed partial class KindredStore
{
    /// <summary>The best passages by nearness to a vector and by words, read from one state of the store.</summary>
    /// <param name="query">Null to leave vectors out.</param>
    /// <param name="words">Null to leave words out.</param>
    /// <param name="depth">The most of each.</param>
    /// <param name="condition">Binds both.</param>
    /// <param name="pool">Candidates met so far, by chunk; new ones are added.</param>
    /// <param name="named">Whether hits name their store.</param>
    /// <param name="cancel">Stops it.</param>
    internal Arms Arms(float[]? query, string? words, int depth, Filter? condition, Dictionary<long, Candidate> pool, bool named, CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var arms = _readers.Read(connection =>
            {
                var ids = condition is null ? null : FilterSql.Ids(connection, condition);
                Neighbor[] near = [];
                if (query is not null && !_vectors.TrySearch(connection, query, depth, ids, out near)) return null;
                var found = words is null ? [] : WordSearch.Find(connection, words, depth, ids, cancel);
                using var one = new Statement(connection, $"{PassageReader.Select} WHERE c.id = @id", "@id");
                return new Arms(
                    [.. near.Select(n => (Read(one, n.Id, pool, named, cancel), (double)(float.IsNaN(n.Score) ? 0 : Math.Clamp(n.Score, -1, 1))))],
                    [.. found.Select(f => (Read(one, f.Id, pool, named, cancel), f.Score))]);
            });
            if (arms is not null) return arms;
        }
    }

    /// <summary>Whole texts of documents, by row; one that is gone meanwhile is left out.</summary>
    internal Dictionary<long, string> DocumentTexts(IEnumerable<long> documents) => _readers.Read(connection =>
    {
        using var one = new Statement(connection, "SELECT text FROM documents WHERE id = @id", "@id");
        var texts = new Dictionary<long, string>();
        foreach (long id in documents)
        {
            using var row = one.Read(id);
            if (row.Read()) texts[id] = row.GetString(0);
        }
        return texts;
    });

    /// <summary>Texts of passages evenly spread over the store, with their document's row.</summary>
    internal List<(long Document, string Text)> Sample(int most, CancellationToken cancel) => _readers.Read(connection =>
    {
        var ids = new List<long>();
        using (var all = new Statement(connection, "SELECT id FROM chunks ORDER BY id"))
        using (var rows = all.Read())
            while (rows.Read()) ids.Add(rows.GetInt64(0));
        var texts = new List<(long, string)>();
        using var one = new Statement(connection, "SELECT document_id, text FROM chunks WHERE id = @id", "@id");
        for (int i = 0; i < Math.Min(most, ids.Count); i++)
        {
            cancel.ThrowIfCancellationRequested();
            using var row = one.Read(ids[(int)((long)i * ids.Count / Math.Min(most, ids.Count))]);
            if (row.Read()) texts.Add((row.GetInt64(0), row.GetString(1)));
        }
        return texts;
    });

    /// <summary>How many passages hold a word, counted up to 20,000.</summary>
    internal long CountWord(string word) => _readers.Read(connection =>
    {
        using var count = new Statement(connection, "SELECT count(*) FROM (SELECT 1 FROM chunks_fts WHERE chunks_fts MATCH @word LIMIT 20000)", "@word");
        return count.Number(WordQuery.Term(word)) ?? 0;
    });

    /// <summary>Which of some passages hold a word, and where it stands in their texts; nowhere if it is in title or heading alone.</summary>
    internal Dictionary<long, List<int>> Places(string word, IReadOnlyList<long> chunks) => _readers.Read(connection => WordSearch.Places(connection, word, chunks));

    /// <summary>What tells whether the store answers a question, learned at the first one and again when the store has changed.</summary>
    internal async Task<Support> SupportAsync(CancellationToken cancel)
    {
        long generation = _readers.Read(connection => StoreFile.Scalar(connection, "SELECT value FROM meta WHERE key = 'generation'"));
        if (_support is { } known && known.Generation == generation) return known.Support;
        if (_readers.Read(connection => SupportRecord.Read(connection, generation)) is not { } support)
        {
            support = await Support.LearnAsync(this, cancel).ConfigureAwait(false);
            await SupportRecord.TrySaveAsync(Path, generation, support, cancel).ConfigureAwait(false);
        }

        _support = new LearnedSupport(generation, support);
        return support;
    }

    private Candidate Read(Statement one, long id, Dictionary<long, Candidate> pool, bool named, CancellationToken cancel)
    {
        if (pool.TryGetValue(id, out var known)) return known;
        cancel.ThrowIfCancellationRequested();
        using var row = one.Read(id);
        if (!row.Read()) throw new StoreCorruptException(Path, $"chunk {id} has no document");
        byte[] vector = row.GetFieldValue<byte[]>(PassageReader.VectorColumn);
        if (vector.Length != Dimensions * sizeof(float)) throw new StoreCorruptException(Path, $"the vector of chunk {id} has {vector.Length} bytes");
        var hit = PassageReader.Read(row, 0, 0);
        var candidate = new Candidate(named ? hit with { Store = Path } : hit, row.GetInt64(PassageReader.DocumentColumn), MemoryMarshal.Cast<byte, float>(vector).ToArray());
        pool.Add(id, candidate);
        return candidate;
    }

    private List<SearchHit> Nearest(ReadOnlyMemory<float> query, int k, Filter? condition, CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            // the index, the filter and the rows are of one state of the store: a hit is never half gone
            var found = _readers.Read(connection =>
            {
                var ids = condition is null ? null : FilterSql.Ids(connection, condition);
                return _vectors.TrySearch(connection, query.Span, k, ids, out var neighbors) ? Passages(connection, neighbors, cancel) : null;
            });
            if (found is not null) return found;
        }
    }

    private List<SearchHit> Passages(SqliteConnection connection, Neighbor[] neighbors, CancellationToken cancel)
    {
        using var one = new Statement(connection, $"{PassageReader.Select} WHERE c.id = @id", "@id");
        var hits = new List<SearchHit>(neighbors.Length);
        foreach (var neighbor in neighbors)
        {
            cancel.ThrowIfCancellationRequested();
            using var row = one.Read(neighbor.Id);
            if (!row.Read()) throw new StoreCorruptException(Path, $"chunk {neighbor.Id} has no document");
            // rounding may carry a cosine past 1, and a zero vector has no angle
            float score = float.IsNaN(neighbor.Score) ? 0 : Math.Clamp(neighbor.Score, -1, 1);
            hits.Add(PassageReader.Read(row, hits.Count + 1, score) with { Cosine = score });
        }
        return hits;
    }

    private sealed record LearnedSupport(long Generation, Support Support);
}
