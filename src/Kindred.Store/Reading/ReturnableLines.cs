namespace Kindred.Store.Reading;

/// <summary>Lines one at a time, of which some can be given back to be read once more.</summary>
/// <param name="source">Gives the next line, null at the end.</param>
internal sealed class ReturnableLines(Func<TextLine?> source)
{
    private readonly Stack<TextLine> _returned = [];

    public TextLine Current { get; private set; }

    public static ReturnableLines Of(string text)
    {
        var lines = TextLine.Of(text).GetEnumerator();
        return new ReturnableLines(() => lines.MoveNext() ? lines.Current : null);
    }

    public bool MoveNext()
    {
        if (!_returned.TryPop(out var line))
        {
            if (source() is not { } next) return false;
            line = next;
        }

        Current = line;
        return true;
    }

    /// <summary>The lines come again, in this order, before all others.</summary>
    public void Return(IReadOnlyList<TextLine> read)
    {
        for (int i = read.Count - 1; i >= 0; i--) _returned.Push(read[i]);
    }
}
