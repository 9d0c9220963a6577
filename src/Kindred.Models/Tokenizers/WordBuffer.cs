using System.Text;

namespace Kindred.Models.Tokenizers;

/// <summary>The word that is being read, and the ids that were written so far.</summary>
internal ref struct WordBuffer(Span<char> buffer, Span<int> ids)
{
    private readonly Span<char> buffer = buffer;
    private readonly Span<int> ids = ids;
    private int length;

    /// <summary>Where the present run of non-starters begins; canonical order sorts within it.</summary>
    private int run;

    /// <summary>How many code points the word has; beyond the longest word they are counted but not kept.</summary>
    public int Letters;

    /// <summary>How many ids there are, written or not.</summary>
    public int Count;

    public readonly ReadOnlySpan<char> Text => buffer[..length];

    public void Append(int codePoint)
    {
        Letters++;
        if (codePoint < 0x10000) buffer[length++] = (char)codePoint;
        else length += new Rune(codePoint).EncodeToUtf16(buffer[length..]);
        run = length;
    }

    /// <summary>Puts a non-starter behind those of the run that rank no higher: canonical ordering, Unicode standard, section 3.11.</summary>
    public void Insert(BertUnicode unicode, int codePoint)
    {
        int at = length, rank = unicode.Rank(codePoint);
        while (at > run)
        {
            Rune.DecodeLastFromUtf16(buffer[run..at], out var last, out int size);
            if (unicode.Rank(last.Value) <= rank) break;
            at -= size;
        }

        var rune = new Rune(codePoint);
        int added = rune.Utf16SequenceLength;
        buffer[at..length].CopyTo(buffer[(at + added)..]);
        rune.EncodeToUtf16(buffer[at..]);
        length += added;
        Letters++;
    }

    /// <summary>A mark that is stripped, yet is a starter, still parts the marks before it from those behind it.</summary>
    public void EndRun() => run = length;

    public void Emit(int id)
    {
        if (Count < ids.Length) ids[Count] = id;
        Count++;
    }

    public void Clear() => (length, run, Letters) = (0, 0, 0);
}
