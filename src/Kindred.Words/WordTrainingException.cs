namespace Kindred.Words;

/// <summary>A training that cannot begin or cannot go on: says what was met and what to change.</summary>
public sealed class WordTrainingException : InvalidOperationException
{
    internal WordTrainingException(string message)
        : base(message)
    {
    }
}
