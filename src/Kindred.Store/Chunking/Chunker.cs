namespace Kindred.Store.Chunking;

/// <summary>
/// Cuts documents into chunks for an encoder. A heading starts a new chunk, unless the chunk would be tiny; within a section cuts fall
/// between paragraphs if they can, then sentences, lines, words. Every character that is not white space is in some chunk, and no chunk
/// has more tokens than allowed, nor more than 16 characters a token: a long word without a space can be a single unknown token.
/// </summary>
public static class Chunker
{
    private const int CharsPerToken = 16;

    /// <summary>Cuts a document. Takes time in proportion to its length.</summary>
    /// <param name="document">The document; headings and pages out of order or out of range are put right or left out.</param>
    /// <param name="count">Counts tokens as the encoder does; called on the calling thread.</param>
    /// <param name="options">Limits; the defaults when null.</param>
    /// <returns>The chunks in order; none for a text of white space. A chunk starts at or before the end of the one before it, white space apart.</returns>
    /// <exception cref="ArgumentException">The overlap is more than half of the chunk.</exception>
    public static IReadOnlyList<Chunk> Split(Document document, TokenCounter count, ChunkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(count);
        options ??= new ChunkOptions();
        if (options.OverlapTokens > options.MaxTokens / 2)
            throw new ArgumentException($"An overlap of {options.OverlapTokens} tokens is more than half of a chunk of {options.MaxTokens}.", nameof(options));
        string text = document.Text;
        DocumentHeading[] headings = [.. document.Headings.Where(h => h.Offset >= 0 && h.Offset < text.Length && !char.IsLowSurrogate(text[h.Offset])).OrderBy(h => h.Offset)];
        DocumentPage[] pages = [.. document.Pages.Where(p => p.Offset >= 0).OrderBy(p => p.Offset)];

        int maxChars = CharsPerToken * options.MaxTokens;
        var cutter = new Pieces(text, count, options.MaxTokens, maxChars);
        var sections = Sections(text, headings, cutter);
        var pieces = cutter.All;
        var chunks = new List<Chunk>();
        int line = document.FirstLine, lineAt = 0;
        foreach (var group in Groups(sections, options.MaxTokens))
        {
            foreach (var (start, end, tokens) in Cuts(text, pieces, group, count, options, maxChars))
            {
                line += LineBreaks(text.AsSpan(lineAt, start - lineAt));
                lineAt = start;
                int page = LastAtOrBefore(pages.Length, i => pages[i].Offset, start);
                chunks.Add(new Chunk(start, end, tokens, HeadingOf(text, headings, start, end), page < 0 ? null : pages[page].Number, line));
            }
        }
        return chunks;
    }

    /// <summary>A range of pieces under one heading, or merged: its tokens, the level of its first heading (0 before any), and whether it is headings alone.</summary>
    private readonly record struct Section(int First, int End, long Tokens, int Level, bool OnlyHeadings);

    private static List<Section> Sections(string text, DocumentHeading[] headings, Pieces cutter)
    {
        var sections = new List<Section>();
        for (int i = -1; i < headings.Length; i++)
        {
            int start = i < 0 ? 0 : headings[i].Offset, end = i + 1 < headings.Length ? headings[i + 1].Offset : text.Length;
            int headingEnd = i < 0 ? start : HeadingEnd(text, start, end), first = cutter.All.Count;
            if (start == end) continue;
            cutter.AddSection(start, end, headingEnd);
            if (cutter.All.Count == first) continue;
            long tokens = 0;
            for (int p = first; p < cutter.All.Count; p++) tokens += cutter.All[p].Tokens;
            sections.Add(new Section(first, cutter.All.Count, tokens, i < 0 ? 0 : headings[i].Level, i >= 0 && cutter.All[^1].Start < headingEnd));
        }
        return sections;
    }

    /// <summary>Merges sections that would make tiny chunks with a neighbour under the same parent, the next one first. A short document is one group.</summary>
    private static List<Section> Groups(List<Section> sections, int maxTokens)
    {
        long tiny = maxTokens / 8, total = sections.Sum(s => s.Tokens);
        if (sections.Count > 0 && total <= maxTokens / 2) return [sections[0] with { End = sections[^1].End, Tokens = total, OnlyHeadings = false }];
        var groups = new List<Section>();
        foreach (var section in sections)
        {
            if (groups.Count > 0 && groups[^1] is var last && section.Level >= last.Level
                && (last.OnlyHeadings || (last.Tokens < tiny && last.Tokens + section.Tokens <= maxTokens)))
            {
                groups[^1] = last with { End = section.End, Tokens = last.Tokens + section.Tokens, OnlyHeadings = last.OnlyHeadings && section.OnlyHeadings };
                continue;
            }
            MergeBack();
            groups.Add(section);
        }
        MergeBack();
        return groups;

        // the last of its siblings has none after it to be merged with
        void MergeBack()
        {
            if (groups.Count < 2) return;
            var (before, last) = (groups[^2], groups[^1]);
            if (last.Tokens >= tiny || last.Level < before.Level || before.Tokens + last.Tokens > maxTokens) return;
            groups[^2] = before with { End = last.End, Tokens = before.Tokens + last.Tokens };
            groups.RemoveAt(groups.Count - 1);
        }
    }

    private static IEnumerable<(int Start, int End, int Tokens)> Cuts(string text, IReadOnlyList<Piece> pieces, Section group, TokenCounter count, ChunkOptions options, int maxChars)
    {
        long remaining = group.Tokens;   // from start on
        for (int start = group.First, fresh = start; fresh < group.End;)
        {
            // what is left for two chunks is shared between them rather than leaving a scrap
            long limit = remaining > options.MaxTokens && remaining < 2L * options.MaxTokens
                ? Math.Min(options.MaxTokens, (remaining + options.OverlapTokens + 1) / 2)
                : options.MaxTokens;
            int end = start, tokens = 0;
            bool forced = false;
            for (; end < group.End; end++)
            {
                var piece = pieces[end];
                forced = end > start && piece.Before == Border.Hard;
                bool full = tokens + piece.Tokens > (end > fresh ? limit : options.MaxTokens) || piece.End - pieces[start].Start > maxChars;
                if (end > start && (forced || full)) break;
                tokens += piece.Tokens;
            }
            if (end < group.End && !forced) end = BestCut(pieces, start, fresh, end, tokens);

            // the sum is right for counters that see words; others are asked about the whole
            int whole;
            while ((whole = count(text.AsSpan(pieces[start].Start, pieces[end - 1].End - pieces[start].Start))) > options.MaxTokens && end - 1 > start)
            {
                // as many pieces at once as are too many by their own count: one by one would count the chunk again for each
                for (long excess = whole - options.MaxTokens; excess > 0 && end - 1 > start;)
                    excess -= Math.Max(1, end - 1 > fresh ? pieces[--end].Tokens : pieces[start++].Tokens);
            }
            yield return (pieces[start].Start, pieces[end - 1].End, whole);

            int next = end;
            if (end < group.End)
            {
                long repeated = 0;
                while (next - 1 > start && pieces[next].Before is not (Border.Hard or Border.Section)
                    && repeated + pieces[next - 1].Tokens <= Math.Min(options.OverlapTokens, options.MaxTokens - pieces[end].Tokens)
                    && pieces[end].Start - pieces[next - 1].Start <= CharsPerToken * options.OverlapTokens
                    && pieces[end].End - pieces[next - 1].Start <= maxChars)
                    repeated += pieces[--next].Tokens;
                if (pieces[end].Before == Border.Hard) next = end;
            }
            for (int i = start; i < next; i++) remaining -= pieces[i].Tokens;
            (start, fresh) = (next, end);
        }
    }

    /// <summary>The strongest border in the later half of a chunk, the last of equals; the cut takes at least one piece the chunk before did not have.</summary>
    private static int BestCut(IReadOnlyList<Piece> pieces, int start, int fresh, int end, int tokens)
    {
        int best = end;
        long chars = pieces[end - 1].End - pieces[start].Start;
        int kept = tokens;
        for (int cut = end; cut > fresh; cut--)
        {
            if (kept * 2L < tokens || (pieces[cut - 1].End - pieces[start].Start) * 2L < chars) break;
            if (pieces[cut].Before > pieces[best].Before) best = cut;
            kept -= pieces[cut - 1].Tokens;
        }
        return best;
    }

    /// <summary>The heading over the chunk's first words that are not themselves a heading.</summary>
    private static string? HeadingOf(string text, DocumentHeading[] headings, int start, int end)
    {
        int at = LastAtOrBefore(headings.Length, i => headings[i].Offset, start);
        while (at + 1 < headings.Length && headings[at + 1].Offset < end)
        {
            int next = headings[at + 1].Offset;
            int from = at < 0 ? start : Math.Max(start, HeadingEnd(text, headings[at].Offset, next));
            if (from < next && !text.AsSpan(from, next - from).IsWhiteSpace()) break;
            at++;
        }
        return at < 0 || headings[at].Text.Length == 0 ? null : headings[at].Text;
    }

    /// <summary>The end of a heading's line, and of the line of marks under it if there is one.</summary>
    private static int HeadingEnd(string text, int start, int end)
    {
        int length = text.AsSpan(start, end - start).IndexOfAny('\n', '\r');
        if (length < 0) return end;
        int lineEnd = start + length, under = lineEnd;
        while (under < end && text[under] is '\n' or '\r') under++;
        if (under - lineEnd > 2 || under == end || text[under] is not ('=' or '-')) return lineEnd;
        char mark = text[under];
        int marks = under;
        while (marks < end && text[marks] == mark) marks++;
        return marks == end || text[marks] is '\n' or '\r' or ' ' && text[start] != '#' ? marks : lineEnd;
    }

    private static int LineBreaks(ReadOnlySpan<char> text)
    {
        int breaks = text.Count('\n'), returns = text.Count('\r');
        if (returns == 0) return breaks;
        for (int i = 0; i < text.Length; i++)
            if (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')) breaks++;
        return breaks;
    }

    private static int LastAtOrBefore(int length, Func<int, int> offset, int position)
    {
        int low = 0, high = length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (offset(middle) <= position) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }
}
