using System.Buffers;
using System.Text;

namespace Kindred.Words.Files;

/// <summary>Which words a form of file can carry.</summary>
internal static class WordCheck
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);
    private static readonly SearchValues<byte> BinaryEnds = SearchValues.Create(" \n"u8);

    /// <exception cref="ArgumentException">A word cannot be carried: it is named.</exception>
    internal static void Carries(Vocabulary words, WordVectorFormat format)
    {
        for (int i = 0; i < words.Count; i++)
        {
            var word = words.Bytes(i);
            string? what = format switch
            {
                WordVectorFormat.Safetensors => word.ContainsAny(LineEnds) ? "a line end" : i == 0 && IsMarked(word) ? "a byte order mark" : null,
                WordVectorFormat.Word2VecBinary => word.ContainsAny(BinaryEnds) ? "a blank or line end" : null,
                WordVectorFormat.FastText when word.Contains((byte)0) => "a zero",
                _ => HoldsWhiteSpace(word) ? "white space" : format == WordVectorFormat.GloVe && i == 0 && IsMarked(word) ? "a byte order mark" : null,
            };
            if (what is null) continue;
            string shown = string.Concat(words.Word(i).Select(c => char.IsControl(c) ? $"\\u{(int)c:X4}" : c == '\u00A0' ? "\\u00A0" : c.ToString()));
            throw new ArgumentException($"word {i}, \"{shown}\", holds {what}, which {format} cannot carry; {(format == WordVectorFormat.Safetensors ? "" : "Safetensors carries all but line ends, ")}Kwv carries any word.");
        }

        static bool IsMarked(ReadOnlySpan<byte> word) => word.StartsWith("\uFEFF"u8);
    }

    // programs split lines at any white space of Unicode, not only at the blank
    private static bool HoldsWhiteSpace(ReadOnlySpan<byte> word)
    {
        while (!word.IsEmpty)
        {
            Rune.DecodeFromUtf8(word, out var rune, out int used);
            if (Rune.IsWhiteSpace(rune) || rune.Value is >= 0x1C and <= 0x1F) return true;
            word = word[used..];
        }
        return false;
    }
}
