namespace Kindred.Models;

/// <summary>How a model is run.</summary>
public sealed record EmbeddingModelOptions
{
    /// <summary>How many threads one call may use, from 1 to 1024; all cores of the machine by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Threads));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1024, nameof(Threads));
            field = value;
        }
    } = Environment.ProcessorCount;
}
