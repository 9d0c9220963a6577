namespace Kindred.Models;

/// <summary>A model folder that cannot be used: which file, which field, and what is wrong with it.</summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Says what is wrong with a file of a model folder.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="field">The field or part of it, empty when the whole file is meant.</param>
    /// <param name="problem">What is wrong, in a few words.</param>
    /// <param name="inner">What made it show, if anything.</param>
    public ModelFormatException(string path, string field, string problem, Exception? inner = null)
        : base(field.Length == 0 ? $"{path}: {problem}" : $"{path}: {field}: {problem}", inner)
    {
        Path = path;
        Field = field;
    }

    /// <summary>The file or folder that is wrong.</summary>
    public string Path { get; }

    /// <summary>The field or part of the file that is wrong, empty when the whole file is meant.</summary>
    public string Field { get; }
}
