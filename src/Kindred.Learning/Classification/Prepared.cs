namespace Kindred.Learning.Classification;

/// <summary>Rows as the views read them.</summary>
/// <param name="Vectors">Shape [n, d]; null for none.</param>
/// <param name="Layers">Shape [n, m]; null for none.</param>
/// <param name="Terms">Shape [n, terms]; null for none.</param>
/// <param name="Words">The first so many terms are words.</param>
/// <param name="Least">So many rows that are learnt from have each term.</param>
/// <param name="Count">n.</param>
internal sealed record Prepared(DenseRows? Vectors, DenseRows? Layers, SparseRows? Terms, int Words, int Least, int Count)
{
    /// <summary>What the tuned encoder says, shape [n, d]; null for none.</summary>
    public DenseRows? Tuned { get; init; }

    /// <summary>How the texts are written, shape [n, <see cref="StyleFeatures.Width"/>]; null for none.</summary>
    public DenseRows? Style { get; init; }

    public Prepared Take(ReadOnlySpan<int> rows) => new(Vectors?.Take(rows), Layers?.Take(rows), Terms?.Take(rows), Words, Least, rows.Length) { Tuned = Tuned?.Take(rows), Style = Style?.Take(rows) };

    /// <summary>
    /// Some rows, and others as rows that come later would be: without the terms that are only kept because the others have them too.
    /// </summary>
    public (Prepared Seen, Prepared Unseen) Part(int[] seen, int[] unseen)
    {
        var (first, second) = (Take(seen), Take(unseen));
        if (Terms is null) return (first, second);
        bool[] known = Terms.Columns(seen, Least);
        return (first with { Terms = first.Terms!.Keep(known, Words) }, second with { Terms = second.Terms!.Keep(known, Words) });
    }
}
