using Kindred.Words.Corpora;

namespace Kindred.Words.Training;

/// <summary>Brings pairs into a random order in two passes: each goes to a drawn part, then each part is shuffled in memory. All orders are equally likely.</summary>
internal sealed unsafe class GloveShuffle : IDisposable
{
    private const int MostParts = 512;
    private readonly SpoolFile[] _parts;
    private readonly GlovePair[][] _buffers;
    private readonly int[] _used;
    private Xoshiro _random;
    private long _same;

    /// <param name="most">Pairs at most.</param>
    /// <param name="memory">Bytes for the buffers, and afterwards for a part.</param>
    /// <param name="seed">Of the draws.</param>
    internal GloveShuffle(long most, long memory, ulong seed)
    {
        _random = new Xoshiro(seed);
        // parts differ in size by chance, so half of the memory is the mean
        int parts = (int)Math.Clamp(2 * most * sizeof(GlovePair) / memory, 1, MostParts);
        int items = (int)Math.Clamp(memory / sizeof(GlovePair) / parts, 64, 1 << 16);
        _parts = new SpoolFile[parts];
        _buffers = [.. Enumerable.Range(0, parts).Select(_ => new GlovePair[items])];
        _used = new int[parts];
        for (int i = 0; i < parts; i++) _parts[i] = new SpoolFile();
    }

    internal void Add(GlovePair pair)
    {
        int part = _random.Below(_parts.Length);
        _buffers[part][_used[part]++] = pair;
        if (pair.First == pair.Second) _same++;
        if (_used[part] == _buffers[part].Length) Flush(part);
    }

    /// <summary>Shuffles the parts and puts them one after the other.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal GloveRecords Finish(CancellationToken cancel)
    {
        for (int i = 0; i < _parts.Length; i++) Flush(i);
        Array.Clear(_buffers);
        var room = new GlovePair[_parts.Max(part => part.Length) / sizeof(GlovePair)];
        var whole = new SpoolFile();
        try
        {
            foreach (var part in _parts)
            {
                cancel.ThrowIfCancellationRequested();
                var pairs = room.AsSpan(0, (int)(part.Length / sizeof(GlovePair)));
                part.Read(pairs, 0);
                part.Dispose();
                _random.Shuffle(pairs);
                whole.Append<GlovePair>(pairs);
            }
            return new GloveRecords(whole, _same);
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var part in _parts) part.Dispose();
    }

    private void Flush(int part)
    {
        _parts[part].Append<GlovePair>(_buffers[part].AsSpan(0, _used[part]));
        _used[part] = 0;
    }
}
