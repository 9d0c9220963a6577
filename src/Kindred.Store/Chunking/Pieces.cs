using System.Globalization;

namespace Kindred.Store.Chunking;

/// <summary>
/// Cuts text into pieces of at most so many tokens and characters: sentences where they fit, else lines, groups of words, words, and at
/// last runs of characters. Each level counts the tokens of what the level above could not place once more, so time is linear.
/// </summary>
internal sealed class Pieces(string text, TokenCounter count, int maxTokens, int maxChars)
{
    private const int GroupChars = 48;

    private readonly List<Piece> _pieces = [];

    /// <summary>The pieces so far, in order.</summary>
    public IReadOnlyList<Piece> All => _pieces;

    /// <summary>Adds the sentences of a section.</summary>
    /// <param name="start">Where it starts.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="headingEnd">Where its heading ends, or <paramref name="start"/> if it has none: a paragraph starts there.</param>
    public void AddSection(int start, int end, int headingEnd)
    {
        var before = Border.Section;
        int from = -1;
        for (int i = start; i < end;)
        {
            if (!char.IsWhiteSpace(text[i]))
            {
                if (from < 0) from = i;
                if (!Sentences.IsWideStop(text[i++])) continue;
                while (i < end && (Sentences.IsWideStop(text[i]) || Sentences.IsCloser(text[i]))) i++;
                Add(from, i, before, Border.Sentence);
                (from, before) = (-1, Border.Sentence);
                continue;
            }
            int space = i, breaks = 0;
            for (; i < end && char.IsWhiteSpace(text[i]); i++)
                breaks += Breaks(i);
            if (i == end)
            {
                end = space;
                break;
            }
            if (from < 0)
            {
                if (breaks > 1 && before == Border.Sentence) before = Border.Paragraph;
                continue;
            }
            var border = breaks > 1 || (space <= headingEnd && headingEnd < i) ? Border.Paragraph
                : Sentences.EndsAt(text.AsSpan(from, space - from), text[i]) || (breaks == 1 && Sentences.StartsItem(text.AsSpan(i, end - i))) ? Border.Sentence
                : Border.Word;
            if (border == Border.Word) continue;
            Add(from, space, before, Border.Sentence);
            (from, before) = (-1, border);
        }
        if (from >= 0) Add(from, end, before, Border.Sentence);
    }

    /// <summary>How many line breaks stand at a position; a form feed or a paragraph separator is worth two.</summary>
    private int Breaks(int i) => text[i] switch
    {
        '\n' or '\v' or '\u0085' or '\u2028' => 1,
        '\r' => i + 1 < text.Length && text[i + 1] == '\n' ? 0 : 1,
        '\f' or '\u2029' => 2,
        _ => 0,
    };

    private void Add(int from, int to, Border before, Border level)
    {
        if (to - from <= maxChars)
        {
            int tokens = count(text.AsSpan(from, to - from));
            if (tokens <= maxTokens)
            {
                _pieces.Add(new Piece(from, to, tokens, before));
                return;
            }
        }
        switch (level)
        {
            case Border.Sentence:
                AddParts(from, to, before, level: Border.Line, groupChars: 0);
                break;
            case Border.Line:
                AddParts(from, to, before, level: Border.Word, GroupChars);
                break;
            case Border.Word:
                AddParts(from, to, before, level: Border.Hard, groupChars: 1);
                break;
            default:
                AddRuns(from, to, before);
                break;
        }
    }

    /// <summary>Parts at line breaks (groupChars 0) or at the first white space once a part has that many characters.</summary>
    private void AddParts(int from, int to, Border before, Border level, int groupChars)
    {
        int part = from;
        for (int i = from; i < to;)
        {
            if (!char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            int space = i, breaks = 0;
            for (; i < to && char.IsWhiteSpace(text[i]); i++)
                breaks += Breaks(i);
            if (groupChars == 0 ? breaks == 0 : space - part < groupChars) continue;
            Add(part, space, before, level);
            (part, before) = (i, groupChars == 0 ? Border.Line : Border.Word);
        }
        Add(part, to, before, level);
    }

    private void AddRuns(int from, int to, Border before)
    {
        int wanted = maxChars;
        while (from < to)
        {
            int length = Cut(from, Math.Min(wanted, to - from));
            int tokens = count(text.AsSpan(from, length));
            if (tokens > maxTokens && length > 1)
            {
                int shorter = Cut(from, length / 2);
                if (shorter < length)
                {
                    wanted = shorter;
                    continue;
                }
            }
            _pieces.Add(new Piece(from, from + length, tokens, before));
            before = Border.Hard;
            from += length;
            wanted = Math.Min(maxChars, Math.Max(length + length / 4, 2));
        }
    }

    /// <summary>The longest cut of at most so many units that parts no character as people see it; if there is none, one that parts no surrogate pair.</summary>
    private int Cut(int from, int length)
    {
        length = Math.Max(length, 1);
        var window = text.AsSpan(from, Math.Min(text.Length - from, length + 16));
        int cut = 0;
        while (cut < length)
        {
            int next = StringInfo.GetNextTextElementLength(window[cut..]);
            if (cut + next > length) break;
            cut += next;
        }
        if (cut > 0) return cut;
        bool parts = char.IsHighSurrogate(window[length - 1]) && length < window.Length && char.IsLowSurrogate(window[length]);
        return !parts ? length : length > 1 ? length - 1 : 2;
    }
}
