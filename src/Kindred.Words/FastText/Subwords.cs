using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kindred.Words.Files;

namespace Kindred.Words.FastText;

/// <summary>The character n-grams of a word, each a row of the input matrix by hashing. Any number of threads may call.</summary>
/// <remarks>P. Bojanowski, E. Grave, A. Joulin, T. Mikolov, "Enriching word vectors with subword information", TACL 2017; the hash is that of
/// fastText's dictionary: FNV-1a over the UTF-8 bytes, each taken as a signed char.</remarks>
/// <param name="settings">Buckets and lengths.</param>
/// <param name="words">The words, whose rows stand before those of the n-grams.</param>
/// <param name="pruned">Where pruning left only some of the n-grams: bucket to row after the words.</param>
internal sealed unsafe class Subwords(FastTextSettings settings, Vocabulary words, IReadOnlyDictionary<int, int>? pruned)
{
    internal const uint HashStart = 2_166_136_261;

    /// <summary>The end of a sentence, which has no n-grams.</summary>
    internal static ReadOnlySpan<byte> EndOfSentence => "</s>"u8;

    /// <summary>Adds the rows of a word's n-grams, without that of the word itself.</summary>
    /// <param name="word">UTF-8.</param>
    /// <param name="rows">Receives row numbers, in fastText's order.</param>
    internal void AddRows(ReadOnlySpan<byte> word, List<int> rows)
    {
        if (settings.MaxLength < 1 || settings.Buckets < 1 || word.SequenceEqual(EndOfSentence)) return;
        Span<byte> marked = word.Length <= 254 ? stackalloc byte[word.Length + 2] : new byte[word.Length + 2];
        marked[0] = (byte)'<';
        word.CopyTo(marked[1..]);
        marked[^1] = (byte)'>';
        for (int i = 0; i < marked.Length; i++)
        {
            if (Continues(marked[i])) continue;
            uint hash = HashStart;
            for (int j = i, n = 1; j < marked.Length && n <= settings.MaxLength; n++)
            {
                do hash = Hash(hash, marked[j++]);
                while (j < marked.Length && Continues(marked[j]));
                // neither mark is an n-gram alone
                if (n < settings.MinLength || (n == 1 && (i == 0 || j == marked.Length))) continue;
                int bucket = (int)(hash % (uint)settings.Buckets);
                if (pruned is null) rows.Add(words.Count + bucket);
                else if (pruned.TryGetValue(bucket, out int kept)) rows.Add(words.Count + kept);
            }
        }

        static bool Continues(byte b) => (b & 0xC0) == 0x80;
    }

    /// <summary>FNV-1a with each byte taken as a signed char, as fastText's dictionary has it.</summary>
    internal static uint Hash(uint hash, byte next) => (hash ^ (uint)(sbyte)next) * 16_777_619;

    /// <summary>The mean of rows, summed in order in single precision, as fastText does; zeros where there are none.</summary>
    internal static void Mean(NativeRows input, List<int> rows, Span<float> mean)
    {
        mean.Clear();
        foreach (int row in rows) Add(input[row], mean);
        float part = 1f / rows.Count;
        if (rows.Count > 0) foreach (ref float x in mean) x *= part;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ReadOnlySpan<float> row, Span<float> sum)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i <= sum.Length - 8; i += 8) (Vector256.Create(sum[i..]) + Vector256.Create(row[i..])).CopyTo(sum[i..]);
        for (; i < sum.Length; i++) sum[i] += row[i];
    }
}
