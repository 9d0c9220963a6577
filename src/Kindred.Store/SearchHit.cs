using System.Text.Json;

namespace Kindred.Store;

/// <summary>A passage found by a search.</summary>
public sealed record SearchHit
{
    /// <summary>1 for the nearest.</summary>
    public required int Rank { get; init; }

    /// <summary>
    /// What the hits are ordered by. By meaning: the cosine to the query, from -1 to 1; 0 where one of the two vectors is zero. By words: BM25. Hybrid:
    /// the fused score, which compares the hits of one search and nothing else. Never NaN.
    /// </summary>
    public required float Score { get; init; }

    /// <summary>Cosine similarity of the passage to the query; of several queries, the largest. 0 where one of the two vectors is zero.</summary>
    public float Cosine { get; init; }

    /// <summary>BM25 of the passage for the query; of several queries, the largest. 0 where none of the words is in it, or words were not looked at.</summary>
    public float WordScore { get; init; }

    /// <summary>What was asked for around the passage; null when nothing was.</summary>
    public string? Context { get; init; }

    /// <summary>Offset of the context's first UTF-16 unit in the document's text.</summary>
    public int? ContextStart { get; init; }

    /// <summary>The store's file, where several were searched.</summary>
    public string? Store { get; init; }

    /// <summary>The passage's own id in this store. Never given to another passage; a passage whose document changes gets a new one.</summary>
    public required string Id { get; init; }

    /// <summary>Id of the document the passage is from: unique within its source.</summary>
    public required string DocumentId { get; init; }

    /// <summary>Path of the file within the indexed folder, or the name given with the documents.</summary>
    public required string Source { get; init; }

    /// <summary>The document's title, if it has one.</summary>
    public string? Title { get; init; }

    /// <summary>The passage: the document's text from <see cref="Start"/> to <see cref="End"/>.</summary>
    public required string Text { get; init; }

    /// <summary>The heading it stands under, if any.</summary>
    public string? Heading { get; init; }

    /// <summary>The page it begins on, from 1, where the document has pages.</summary>
    public int? Page { get; init; }

    /// <summary>The line it begins on, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Offset of its first UTF-16 unit in the document's text.</summary>
    public required int Start { get; init; }

    /// <summary>Offset after its last UTF-16 unit.</summary>
    public required int End { get; init; }

    /// <summary>The document's own fields.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Payload { get; init; }
}
