namespace Kindred.Store.Chunking;

/// <summary>How long chunks may be.</summary>
public sealed record ChunkOptions
{
    /// <summary>
    /// The most tokens a chunk has, 200 unless set: the default encoder reads 256. Longer chunks mix subjects, and a mean over their tokens is
    /// near to nothing in particular.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 8 to 100,000.</exception>
    public int MaxTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 8);   // a single character can be as many tokens as it has bytes
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 100_000);
            field = value;
        }
    } = 200;

    /// <summary>
    /// The most tokens a chunk repeats of the one before it, 32 unless set: a sentence or two, so that what a chunk's first words point
    /// back to is in it. At most half of <see cref="MaxTokens"/>; 0 for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int OverlapTokens
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 32;
}
