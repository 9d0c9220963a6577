namespace Kindred.Cli;

/// <summary>Progress told at once on the thread that makes it: Progress{T} would come later, and out of order.</summary>
internal sealed class Told<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
