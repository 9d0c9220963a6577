namespace Kindred.Cli.Verbs;

/// <summary>Rows of a file that cannot be used: the first are named on stderr, each with the reason, and all are counted.</summary>
/// <param name="file">The file, or - for standard input.</param>
/// <param name="then">What becomes of them.</param>
internal sealed class UnusableRows(string file, string then = "left out")
{
    private const int MostNamed = 5;

    private readonly string _file = Usage.Named(file);
    private long _told;

    /// <summary>How many there are so far.</summary>
    public long Count { get; private set; }

    /// <param name="row">Its number in the file, from 1.</param>
    /// <param name="problem">Why it cannot be used.</param>
    public void Add(long row, string problem)
    {
        if (Count++ < MostNamed) Console.Error.WriteLine(Output.Plain($"kindred: {_file}, row {row}: {problem}; the row is {then}"));
    }

    /// <summary>Says how many there are, where that was not said yet.</summary>
    public void Tell()
    {
        if (Count > _told) Console.Error.WriteLine(Output.Plain($"kindred: {(Count > MostNamed ? $"and {Count - MostNamed} more: " : "")}{Output.Count(Count, "row")} of {_file} cannot be used and {(Count == 1 ? "is" : "are")} {then}"));
        _told = Count;
    }
}
