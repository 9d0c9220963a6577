using System.Runtime.CompilerServices;

namespace Kindred.Vectors.Indexes;

/// <summary>A set of ids as a bitmap, for filtered search. Reading may be shared; adding may not.</summary>
public sealed class IdSet
{
    private ulong[] _words = [];

    /// <summary>How many ids are in the set.</summary>
    public long Count { get; private set; }

    /// <summary>The bitmap: bit b of word w stands for the id 64·w + b.</summary>
    internal ReadOnlySpan<ulong> Words => _words;

    /// <summary>Adds an id.</summary>
    /// <param name="id">Zero or more, under 2^36 (a bitmap of 8 GiB).</param>
    /// <returns>False when it was there already.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative or too large for a bitmap.</exception>
    public bool Add(long id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, 1L << 36);
        int word = (int)(id >> 6);
        if (word >= _words.Length)
            Array.Resize(ref _words, (int)Math.Min(Math.Max(word + 1L, 2L * _words.Length), Array.MaxLength));
        ulong bit = 1UL << (int)(id & 63);
        if ((_words[word] & bit) != 0) return false;
        _words[word] |= bit;
        Count++;
        return true;
    }

    /// <summary>Whether an id is in the set.</summary>
    /// <param name="id">Any number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(long id)
    {
        long word = id >> 6;
        return (ulong)word < (ulong)_words.Length && (_words[word] & (1UL << (int)(id & 63))) != 0;
    }
}
