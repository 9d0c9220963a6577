namespace Kindred.Learning.Duplicates;

/// <summary>One way in which a row can be like a row that stays.</summary>
internal interface ILikeness
{
    DuplicateMethod Method { get; }

    /// <summary>Makes the rows of the next block ready.</summary>
    /// <param name="rows">Rows that repeat no earlier one exactly, in order, at most <see cref="Deduplication.Block"/>.</param>
    /// <param name="texts">Their folded texts; null where rows are vectors.</param>
    /// <param name="cancel">Stops the work.</param>
    void Open(IReadOnlyList<int> rows, IReadOnlyList<string>? texts, CancellationToken cancel);

    /// <summary>The most similar row that stays, the earliest of equals; null when none is similar enough.</summary>
    /// <param name="at">Which row of the block.</param>
    (int Row, double Score)? Find(int at);

    /// <summary>The row stays.</summary>
    /// <param name="at">Which row of the block.</param>
    void Keep(int at);
}
