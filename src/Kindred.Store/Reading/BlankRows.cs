namespace Kindred.Store.Reading;

/// <summary>The rows of a table that have no text and so become no document.</summary>
internal sealed class BlankRows
{
    private const int Named = 5;
    private readonly List<long> _lines = [];
    private long _count;

    public void Add(long line)
    {
        if (_count++ < Named) _lines.Add(line);
    }

    /// <summary>A file's note with what there is to say of these rows.</summary>
    public string? Note(string? note)
    {
        if (_count == 0) return note;
        string told = FormattableString.Invariant($"{(_count == 1 ? "1 row has no text and is" : $"{_count} rows have no text and are")} left out: line {string.Join(", ", _lines)}{(_count > Named ? ", …" : "")}");
        return note is null ? told : $"{note}; {told}";
    }
}
