using System.Globalization;

namespace Kindred.Words;

/// <summary>A word-vector file that cannot be used: says which file, where in it, and what is wrong there.</summary>
public sealed class WordVectorFileException : IOException
{
    private WordVectorFileException(string path, long? offset, long? line, string place, string what)
        : base($"{path}{place}: {what}")
    {
        Path = path;
        Offset = offset;
        Line = line;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The byte at which the wrong field starts, in a binary file; else null.</summary>
    public long? Offset { get; }

    /// <summary>The line, counted from 1, in a text file; else null.</summary>
    public long? Line { get; }

    internal static WordVectorFileException At(string path, long offset, string what) =>
        new(path, offset, null, string.Create(CultureInfo.InvariantCulture, $", byte {offset}"), what);

    internal static WordVectorFileException AtLine(string path, long line, string what) =>
        new(path, null, line, string.Create(CultureInfo.InvariantCulture, $", line {line}"), what);

    internal static WordVectorFileException Whole(string path, string what) => new(path, null, null, "", what);
}
