namespace Kindred.Store;

/// <summary>A heading in a document.</summary>
/// <param name="Offset">Where its line starts, a UTF-16 position in <see cref="Document.Text"/>.</param>
/// <param name="Level">1 for the highest level, at most 9.</param>
/// <param name="Text">The heading without its marks.</param>
public readonly record struct DocumentHeading(int Offset, int Level, string Text);
