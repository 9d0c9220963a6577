using System.Buffers;
using System.Globalization;
using System.Text;

namespace Kindred.Words.Corpora;

/// <summary>Cuts a stream of UTF-8 into lines of tokens; memory is bounded whatever the stream holds.</summary>
/// <remarks>Bytes that are no UTF-8 become U+FFFD. A token of more than <see cref="LongestToken"/> bytes is left out and counted.</remarks>
internal sealed class TokenSplitter(Tokens tokens)
{
    /// <summary>Longest token, in bytes of UTF-8.</summary>
    internal const int LongestToken = 1024;

    private const int Room = 1 << 16;
    private static readonly SearchValues<byte> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'-.,;:!?()\"/&%$#@*+=<>[]{}|~^`\\"u8);

    private readonly byte[] _text = new byte[Room];
    private readonly char[] _chars = new char[LongestToken + 8];
    private readonly byte[] _word = new byte[4 * (LongestToken + 8)];

    /// <summary>What is done with a token; the bytes are good until it returns.</summary>
    internal delegate void Taker(ReadOnlySpan<byte> token);

    /// <summary>Tokens that were too long.</summary>
    internal long Skipped { get; private set; }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">UTF-8; a byte order mark in front is skipped.</param>
    /// <param name="take">Gets each token.</param>
    /// <param name="endLine">Called after each line, also one without tokens.</param>
    /// <param name="read">Told the bytes read, now and then.</param>
    /// <param name="cancel">Stops.</param>
    internal void Read(Stream stream, Taker take, Action endLine, Action<int> read, CancellationToken cancel)
    {
        int kept = 0;
        bool ended = false, begun = false, skipping = false, open = false;
        while (!ended)
        {
            cancel.ThrowIfCancellationRequested();
            int got = stream.ReadAtLeast(_text.AsSpan(kept), Room - kept, throwOnEndOfStream: false);
            read(got);
            ended = got < Room - kept;
            var text = _text.AsSpan(0, kept + got);
            if (!begun && text.StartsWith("\uFEFF"u8)) text = text[3..];
            begun = true;
            while (!text.IsEmpty)
            {
                int gap = Gap(text, out int width);
                bool whole = gap < text.Length - 2 || ended;   // a gap of three bytes may be cut by the end of the buffer
                if (!whole && gap <= LongestToken) break;
                if (!whole)
                {
                    // a token longer than may be: its tail comes with the next buffer, and is dropped as well
                    skipping = true;
                    text = text[(text.Length - Math.Min(2, text.Length - gap + 2))..];
                    break;
                }
                if (skipping) Skipped++;
                else if (gap > LongestToken) Skipped++;
                else if (gap > 0) Take(text[..gap], take);
                skipping = false;
                open = width == 0 || text[gap] != (byte)'\n';
                if (!open) endLine();
                text = text[(gap + width)..];
            }
            kept = text.Length;
            text.CopyTo(_text);
        }
        if (open || skipping) endLine();
    }

    /// <summary>Where the next white space is, and how many bytes it has; the text's length and 0 where there is none.</summary>
    private static int Gap(ReadOnlySpan<byte> text, out int width)
    {
        int at = 0;
        while (true)
        {
            int odd = text[at..].IndexOfAnyExcept(Plain);
            if (odd < 0) break;
            at += odd;
            byte b = text[at];
            if (b is (byte)' ' or (>= 9 and <= 13))
            {
                width = 1;
                return at;
            }
            if (b is 0xC2 or 0xE1 or 0xE2 or 0xE3 && Rune.DecodeFromUtf8(text[at..], out var rune, out width) == OperationStatus.Done && Rune.IsWhiteSpace(rune)) return at;
            at++;
        }
        width = 0;
        return text.Length;
    }

    private void Take(ReadOnlySpan<byte> token, Taker take)
    {
        if (tokens == Tokens.Spaces)
        {
            if (System.Text.Unicode.Utf8.IsValid(token)) take(token);
            else Encode(_chars.AsSpan(0, Encoding.UTF8.GetChars(token, _chars)), take);
            return;
        }
        var chars = _chars.AsSpan(0, Encoding.UTF8.GetChars(token, _chars));
        int start = -1;
        for (int i = 0; i <= chars.Length; i++)
        {
            bool inside = i < chars.Length && (IsOfWord(chars[i]) || (start >= 0 && chars[i] is '\'' or '\u2019' or '-' or '_' && i + 1 < chars.Length && IsOfWord(chars[i + 1])));
            if (inside && start < 0) start = i;
            if (inside || start < 0) continue;
            var word = chars[start..i];
            for (int j = 0; j < word.Length; j++) word[j] = word[j] == '\u2019' ? '\'' : char.ToLowerInvariant(word[j]);
            Encode(word, take);
            start = -1;
        }
    }

    /// <summary>Whether a character belongs to a word: surrogates are letters and pictures that take two units, combining marks belong to their letter.</summary>
    internal static bool IsOfWord(char c) => char.IsLetterOrDigit(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private void Encode(ReadOnlySpan<char> word, Taker take) => take(_word.AsSpan(0, Encoding.UTF8.GetBytes(word, _word)));
}
