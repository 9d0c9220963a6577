namespace Kindred.Store;

/// <summary>A file cannot be read: it is damaged, binary, empty, too large or not accessible. Other files are not affected.</summary>
public sealed class UnreadableDocumentException : Exception
{
    /// <summary>Names the file and the reason.</summary>
    /// <param name="path">The file, as the caller named it.</param>
    /// <param name="reason">A short phrase for people.</param>
    /// <param name="line">The line at fault, from 1, where there is one.</param>
    /// <param name="innerException">What the reader underneath said.</param>
    public UnreadableDocumentException(string path, string reason, long? line = null, Exception? innerException = null)
        : base($"{path}: {reason}", innerException)
    {
        Path = path;
        Reason = reason;
        Line = line;
    }

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }

    /// <summary>A short phrase for people; names the line where there is one.</summary>
    public string Reason { get; }

    /// <summary>The line at fault, from 1, where there is one.</summary>
    public long? Line { get; }
}
