namespace Kindred.Store.Chunking;

/// <summary>What lies between a piece of text and the one before it, from the weakest.</summary>
internal enum Border : byte
{
    /// <summary>Inside a word that is too long; the two pieces are never put into one chunk, as their tokens do not add up.</summary>
    Hard,
    Word,
    Line,
    Sentence,
    Paragraph,

    /// <summary>The second piece is a heading.</summary>
    Section,
}
