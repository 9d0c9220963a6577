namespace Kindred.Store.Chunking;

/// <summary>Counts the tokens an encoder makes of a text, without the marks it puts around it; takes time in proportion to the length.</summary>
/// <param name="text">Any text, at most 16 × <see cref="ChunkOptions.MaxTokens"/> UTF-16 units.</param>
/// <returns>Zero or more.</returns>
public delegate int TokenCounter(ReadOnlySpan<char> text);
