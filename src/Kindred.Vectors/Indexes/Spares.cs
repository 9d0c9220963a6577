namespace Kindred.Vectors.Indexes;

/// <summary>What one search is done with and the next may use: a few of them, so that as many searches at once allocate nothing.</summary>
internal sealed class Spares<T>
    where T : class
{
    private readonly T?[] _spare = new T?[2 * Environment.ProcessorCount];

    public T? Take()
    {
        for (int i = 0; i < _spare.Length; i++)
            if (_spare[i] is not null && Interlocked.Exchange(ref _spare[i], null) is { } spare) return spare;
        return null;
    }

    public void Give(T spare)
    {
        for (int i = 0; i < _spare.Length; i++)
            if (Interlocked.CompareExchange(ref _spare[i], spare, null) is null) return;
        (spare as IDisposable)?.Dispose();
    }
}
