using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Kindred.Words.Files;

/// <summary>The binary form of word2vec: "count dimensions" and a line end; then for each word its bytes, a space, and its float32, little-endian.
/// word2vec.c ends each row with a line end, gensim does not; both are read, and rows are written as word2vec.c does.</summary>
internal static class Word2VecBinary
{
    /// <summary>Bytes from the start that <see cref="Is"/> wants to see, where there are so many.</summary>
    internal const int Look = 1 << 18;

    /// <summary>Tells the binary form from text that has the same header: by what stands where the first word's numbers would be.</summary>
    /// <param name="head">The start of the file.</param>
    /// <param name="whole">Whether that is all of it.</param>
    internal static bool Is(ReadOnlySpan<byte> head, bool whole)
    {
        if (!Header(head, out int start, out long count, out int dimensions)) return false;
        var rows = head[start..];
        int space = rows.IndexOf((byte)' '), lineEnd = rows.IndexOf((byte)'\n');
        if (space < 0 || TextVectors.Length(lineEnd < 0 ? rows : rows[..lineEnd]) >= dimensions) return false;
        var numbers = rows.Slice(space + 1, Math.Min(4 * dimensions, rows.Length - space - 1));
        foreach (byte b in numbers)
            if (b is < (byte)' ' and not ((byte)'\t' or (byte)'\r' or (byte)'\n')) return true;
        // a character may be cut in two by the end of what is looked at
        for (int cut = 0; cut < 4; cut++)
            if (cut > numbers.Length || Utf8.IsValid(numbers[..^cut])) return whole && Fits(rows, count, dimensions);
        return true;
    }

    /// <summary>Reads a file whose header has been seen.</summary>
    /// <param name="cursor">At byte 0.</param>
    /// <exception cref="WordVectorFileException">Names the byte and the field that is wrong.</exception>
    internal static (Vocabulary Words, NativeRows Rows) Read(BinaryCursor cursor)
    {
        var line = cursor.ReadTo((byte)'\n', "header");
        if (!Numbers(line, out long count, out int dimensions)) throw WordVectorFileException.At(cursor.Path, 0, $"header: a count of words and 1 to {KwvHeader.MaxDimensions} dimensions are due");
        cursor.Need(count, (4L * dimensions) + 2, "rows");
        var words = new VocabularyBuilder();
        var rows = new NativeRows(0, dimensions);
        try
        {
            float[] row = new float[dimensions];
            for (long i = 0; i < count; i++)
            {
                while (cursor.Peek() == '\n') cursor.Skip(1);
                cursor.Item = i;
                long at = cursor.Position;
                var word = cursor.ReadTo((byte)' ', "word");
                if (word.IsEmpty) throw WordVectorFileException.At(cursor.Path, at, $"word {i}: it is empty");
                if (!Utf8.IsValid(word)) throw WordVectorFileException.At(cursor.Path, at, $"word {i}: not UTF-8");
                bool first = words.Add(cursor, at, word);
                at = cursor.Position;
                cursor.Read(MemoryMarshal.AsBytes(row.AsSpan()), "numbers of word");
                cursor.CheckFinite(row, at, "numbers of word");
                if (first) rows.Add(row);
            }
            if (cursor.Peek() == '\n') cursor.Skip(1);
            if (cursor.Peek() >= 0) throw cursor.Error($"bytes beyond the {count} words that the header says");
            return (words.Build(), rows);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private static bool Fits(ReadOnlySpan<byte> rows, long count, int dimensions)
    {
        for (long i = 0; i < count; i++)
        {
            rows = rows.TrimStart((byte)'\n');
            int space = rows.IndexOf((byte)' ');
            if (space < 1 || rows.Length - space - 1 < 4 * dimensions) return false;
            rows = rows[(space + 1 + (4 * dimensions))..];
        }
        return rows is [] or [(byte)'\n'];
    }

    private static bool Header(ReadOnlySpan<byte> head, out int length, out long count, out int dimensions)
    {
        length = head[..Math.Min(head.Length, 100)].IndexOf((byte)'\n') + 1;
        count = dimensions = 0;
        return length > 0 && Numbers(head[..(length - 1)], out count, out dimensions);
    }

    private static bool Numbers(ReadOnlySpan<byte> line, out long count, out int dimensions)
    {
        line = line.Trim(" \t\r"u8);
        dimensions = 0;
        if (!Utf8Parser.TryParse(line, out count, out int used) || count < 0) return false;
        var rest = line[used..];
        return rest.Length > 0 && rest[0] is (byte)' ' or (byte)'\t' && Utf8Parser.TryParse(rest.TrimStart(" \t"u8), out dimensions, out used)
            && used == rest.TrimStart(" \t"u8).Length && dimensions is >= 1 and <= KwvHeader.MaxDimensions;
    }

    /// <summary>Writes rows as word2vec.c does.</summary>
    internal static void Write(Stream file, Vocabulary words, int dimensions, RowCopier copy)
    {
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{words.Count} {dimensions}\n")));
        float[] row = new float[dimensions];
        for (int i = 0; i < words.Count; i++)
        {
            file.Write(words.Bytes(i));
            file.WriteByte((byte)' ');
            copy(i, row);
            file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            file.WriteByte((byte)'\n');
        }
    }
}
