namespace Kindred.Vectors.Files;

/// <summary>A vector or index file is cut, damaged or not of the format its reader expects.</summary>
public sealed class VectorFileException : IOException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">The byte at which the wrong field stands.</param>
    /// <param name="problem">The field and what is wrong with it.</param>
    public VectorFileException(string path, long offset, string problem)
        : base($"{path}, byte {offset}: {problem}")
    {
        Path = path;
        Offset = offset;
        Problem = problem;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The byte at which the wrong field stands.</summary>
    public long Offset { get; }

    /// <summary>The field and what is wrong with it.</summary>
    public string Problem { get; }
}
