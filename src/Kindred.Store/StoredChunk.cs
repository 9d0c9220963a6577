namespace Kindred.Store;

/// <summary>A stored passage with its vector.</summary>
/// <param name="Passage">The passage; its rank counts from 1 in order of storing, its score is 0.</param>
/// <param name="Vector">Shape [dimensions], as the model gave it.</param>
public sealed record StoredChunk(SearchHit Passage, float[] Vector);
