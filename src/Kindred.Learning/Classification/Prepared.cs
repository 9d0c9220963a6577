namespace Kindred.Learning.Classification;

/// <summary>Rows as the views read them.</summary>
internal sealed record Prepared(DenseRows? Vectors, SparseRows? Terms, int Words, int Count)
{
    public Prepared Take(ReadOnlySpan<int> rows) => new(Vectors?.Take(rows), Terms?.Take(rows), Words, rows.Length);
}
