namespace Kindred.Store.Reading;

/// <summary>A line of text without its line break.</summary>
/// <param name="Text">What stands on it.</param>
/// <param name="Break">The line break that ends it: "\n", "\r\n", "\r", or "" at the end of the text.</param>
/// <param name="Number">From 1.</param>
internal readonly record struct TextLine(ReadOnlyMemory<char> Text, string Break, long Number)
{
    /// <summary>The lines of a text in memory; a break at the very end starts no further line.</summary>
    public static IEnumerable<TextLine> Of(string text)
    {
        long number = 0;
        for (int at = 0; at < text.Length;)
        {
            int end = text.AsSpan(at).IndexOfAny('\n', '\r');
            if (end < 0)
            {
                yield return new TextLine(text.AsMemory(at), "", ++number);
                yield break;
            }
            end += at;
            string lineBreak = text[end] == '\n' ? "\n" : end + 1 < text.Length && text[end + 1] == '\n' ? "\r\n" : "\r";
            yield return new TextLine(text.AsMemory(at, end - at), lineBreak, ++number);
            at = end + lineBreak.Length;
        }
    }
}
