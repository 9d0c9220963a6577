namespace Kindred.Store;

/// <summary>What is given around a passage that was found.</summary>
public enum PassageContext
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The sentence of the passage that is nearest to the question, with the two before it and the two after it in its document.</summary>
    Sentences,

    /// <summary>The whole document, or of one longer than 6,000 characters that much around the passage; each stretch is given once.</summary>
    Parent,
}
