using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Kindred.Store.Reading;

/// <summary>Turns the bytes of a text file into characters: finds the encoding, and keeps out what would break storage later.</summary>
internal static partial class TextDecoder
{
    /// <summary>Bytes of a page in which its encoding is looked for.</summary>
    private const int Head = 4096;

    // what Windows-1252 puts where Latin-1 has control characters that no text uses; '\0' marks the five places it leaves free
    private const string Windows1252 = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

    /// <summary>Reads a stream to its end as text.</summary>
    /// <exception cref="UnreadableDocumentException">Empty, white space only, binary or longer than <paramref name="maxBytes"/>.</exception>
    public static (string Text, string? Note) Read(Stream stream, string path, long maxBytes, bool page = false)
    {
        var (text, note) = Decode(ReadAll(stream, path, maxBytes), path, page);
        if (text.AsSpan().IsWhiteSpace()) throw new UnreadableDocumentException(path, "empty: nothing but white space");
        return (text, note);
    }

    /// <summary>All bytes of a stream, whose length may have grown since it was asked.</summary>
    public static byte[] ReadAll(Stream stream, string path, long maxBytes)
    {
        long length = stream.CanSeek ? stream.Length - stream.Position : 0;
        if (length > maxBytes) throw TooLong(path, maxBytes);
        byte[] bytes = new byte[Math.Max(length + 1, 4096)];   // one more, so that the end shows without growing
        int filled = 0;
        while (true)
        {
            int read = stream.Read(bytes, filled, bytes.Length - filled);
            if (read == 0) break;
            filled += read;
            if (filled > maxBytes) throw TooLong(path, maxBytes);
            if (filled == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, maxBytes + 1));
        }
        Array.Resize(ref bytes, filled);
        return bytes;
    }

    private static UnreadableDocumentException TooLong(string path, long maxBytes) =>
        new(path, $"longer than the limit of {maxBytes} bytes (ReadOptions.MaxBytes)");

    /// <summary>Decodes by byte order mark, then by the pattern of zero bytes, then as UTF-8, of a page then as it says itself, then as Latin-1.</summary>
    /// <exception cref="UnreadableDocumentException">The bytes are not text.</exception>
    public static (string Text, string? Note) Decode(ReadOnlySpan<byte> bytes, string path, bool page = false)
    {
        if (bytes is [0xFF, 0xFE, 0, 0, ..]) return Wide(Encoding.UTF32, bytes[4..], null);
        if (bytes is [0, 0, 0xFE, 0xFF, ..]) return Wide(new UTF32Encoding(bigEndian: true, byteOrderMark: true), bytes[4..], null);
        if (bytes is [0xFF, 0xFE, ..]) return Wide(Encoding.Unicode, bytes[2..], null);
        if (bytes is [0xFE, 0xFF, ..]) return Wide(Encoding.BigEndianUnicode, bytes[2..], null);
        if (bytes is [0xEF, 0xBB, 0xBF, ..]) bytes = bytes[3..];
        else if (WideWithoutMark(bytes) is { } encoding) return Wide(encoding, bytes, "UTF-16 without a byte order mark");

        if (IsBinary(bytes)) throw new UnreadableDocumentException(path, "binary, not text");

        // a page that is UTF-8 is read so whatever it says, but for ISO-2022, whose bytes are all of ASCII
        if (page && Declared(bytes) is { } declared && (declared.CodePage is 50220 or 50221 or 50222 or 50225 || !Utf8.IsValid(bytes))) return Wide(declared, bytes, null);
        return Utf8.IsValid(bytes)
            ? Clean(Encoding.UTF8.GetString(bytes), null)
            : Clean(Latin1(bytes), "not UTF-8: read as Latin-1");
    }

    /// <summary>One byte a character; the places between 0x80 and 0x9F as Windows-1252 uses them.</summary>
    public static string Latin1(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, static (chars, bytes) =>
    {
        for (int i = 0; i < chars.Length; i++)
        {
            byte b = bytes[i];
            chars[i] = b is >= 0x80 and < 0xA0 && Windows1252[b - 0x80] is not '\0' and var c ? c : (char)b;
        }
    });

    /// <summary>Replaces NUL, at which C strings and full-text indexes end, by a space and lone surrogates by U+FFFD.</summary>
    public static (string Text, string? Note) Clean(string text, string? note)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            text = text.Replace('\0', ' ');
            note = Join(note, "NUL characters were replaced by spaces");
        }
        if (!HasLoneSurrogate(text)) return (text, note);
        char[] chars = text.ToCharArray();
        for (int i = 0; i < chars.Length; i++)
        {
            if (!char.IsSurrogate(chars[i])) continue;
            if (char.IsHighSurrogate(chars[i]) && i + 1 < chars.Length && char.IsLowSurrogate(chars[i + 1])) i++;
            else chars[i] = '\uFFFD';
        }
        return (new string(chars), Join(note, "halves of characters were replaced by U+FFFD"));
    }

    /// <summary>Two notes as one.</summary>
    public static string? Join(string? first, string? second) =>
        first is null || first == second ? second : second is null || first.Contains(second, StringComparison.Ordinal) ? first : $"{first}; {second}";

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        while (true)
        {
            int at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
            if (at < 0) return false;
            if (!char.IsHighSurrogate(text[at]) || at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])) return true;
            text = text[(at + 2)..];
        }
    }

    /// <summary>The encoding that a page names in its head; null for none, and for one that is not known.</summary>
    private static Encoding? Declared(ReadOnlySpan<byte> page)
    {
        var named = Charset().Match(Encoding.Latin1.GetString(page[..Math.Min(page.Length, Head)]));
        if (!named.Success) return null;
        string name = named.Groups["name"].Value;
        if (name.StartsWith("x-", StringComparison.OrdinalIgnoreCase)) name = name[2..];
        if (name.Equals("sjis", StringComparison.OrdinalIgnoreCase) || name.Equals("windows-31j", StringComparison.OrdinalIgnoreCase)) name = "shift_jis";
        return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ReplacementFallback, DecoderFallback.ReplacementFallback);
    }

    [GeneratedRegex("""<(meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*["']?\s*(?<name>[\w.:-]+)""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Charset();

    private static (string Text, string? Note) Wide(Encoding encoding, ReadOnlySpan<byte> bytes, string? note)
    {
        string text = encoding.GetString(bytes);
        if (text.Contains('\uFFFD', StringComparison.Ordinal)) note = Join(note, "some characters could not be decoded");
        return Clean(text, note);
    }

    /// <summary>UTF-16 by its zero bytes: Latin letters have theirs all on one side.</summary>
    public static Encoding? WideWithoutMark(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 || bytes.Length % 2 != 0) return null;
        var sample = bytes[..Math.Min(bytes.Length, 1 << 16)];
        int even = 0, odd = 0, pairs = sample.Length / 2;
        for (int i = 0; i < sample.Length; i += 2)
        {
            if (sample[i] == 0) even++;
            if (sample[i + 1] == 0) odd++;
        }
        if (odd * 5 > pairs * 2 && even * 50 <= pairs) return Valid(Encoding.Unicode, sample) ? Encoding.Unicode : null;
        if (even * 5 > pairs * 2 && odd * 50 <= pairs) return Valid(Encoding.BigEndianUnicode, sample) ? Encoding.BigEndianUnicode : null;
        return null;
    }

    private static bool Valid(Encoding encoding, ReadOnlySpan<byte> sample)
    {
        string text = encoding.GetString(sample);
        int odd = 0;
        foreach (char c in text)
            if (c == '\uFFFD' || (c < ' ' && !IsTextControl((byte)c))) odd++;
        return odd * 50 <= text.Length;
    }

    private static bool IsTextControl(byte b) => b is (>= 8 and <= 13) or 27;

    /// <summary>More than one byte in a thousand, and one more, is NUL, or more than one in twenty another control character that text does not use.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Count((byte)0) > (bytes.Length / 1000) + 1) return true;
        int controls = 0;
        foreach (byte b in bytes)
            if ((b is > 0 and < 32 && !IsTextControl(b)) || b == 127) controls++;
        return controls * 20L > bytes.Length;
    }
}
