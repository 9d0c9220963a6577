namespace Kindred.Cli.Verbs;

/// <summary>Counts the rows of a time series that come before the row above them: a window looks back over rows as they stand.</summary>
/// <param name="table">What messages call the file.</param>
internal sealed class TimeOrder(string table)
{
    private double _latest = double.NegativeInfinity;
    private long _count, _first;

    public void Next(long row, double time)
    {
        if (time < _latest && _count++ == 0) _first = row;
        _latest = time;
    }

    public void Tell()
    {
        if (_count > 0) Console.Error.WriteLine(Output.Plain($"kindred: {Output.Count(_count, "row")} of {table} {(_count == 1 ? "is earlier than the row above it: row" : "are earlier than the row above them, such as row")} {_first}: rows are taken in the order of the file, so sort them by time first"));
    }
}
