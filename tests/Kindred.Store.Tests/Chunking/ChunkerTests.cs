using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Kindred.Models;
using Kindred.Store.Chunking;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Chunking;

public sealed partial class ChunkerTests
{
    /// <summary>Counters of all kinds: one that sees words, one that sees letters, one that only measures, and one that cannot be added up.</summary>
    private static readonly TokenCounter[] Counters =
    [
        text =>
        {
            int words = 0;
            bool inside = false;
            foreach (char c in text)
            {
                if (!char.IsWhiteSpace(c) && !inside) words++;
                inside = !char.IsWhiteSpace(c);
            }
            return words;
        },
        text => Encoding.UTF8.GetByteCount(text),
        text => (text.Length + 3) / 4,
        text => text.Length + text.Length / 10,
    ];

    private static readonly Gen<string> AnyText = Gen.OneOf(
            "word", "Another", "a", "e.g.", "Dr.", "end.", "Really?", "Yes!", " ", " ", " ", "  ", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\t", "\u00A0", "\u2028", "\f",
            "🙂", "👩‍👩‍👧‍👦", "e\u0301\u0302", "漢字。", "です", "über", "# Heading\n", "Under\n=====\n", "- item\n", "1. first\n", "“quoted.”", "(bracket)", new string('x', 150), "http://example.org/a/b?c=d&e=f")
        .Array[0, 120].Select(string.Concat);

    [Fact]
    public void Any_text_is_cut_without_loss() => Gen.Select(AnyText, Gen.Int[0, 3], Gen.Int[8, 60], Gen.Int[0, 30], Gen.Int[0, 6], Gen.Int[0, 1000000]).Sample((text, counter, max, overlap, headings, seed) =>
    {
        var random = new Random(seed);
        var document = new Document
        {
            Id = "d",
            Text = text,
            FirstLine = 1 + seed % 9,
            // anywhere, out of order, out of range: whatever a reader of files may say
            Headings = [.. Enumerable.Range(0, headings).Select(_ => new DocumentHeading(random.Next(-2, text.Length + 2), random.Next(1, 7), "H"))],
            Pages = [.. Enumerable.Range(0, headings).Select((_, n) => new DocumentPage(random.Next(0, text.Length + 1), n + 1))],
        };
        AssertSound(document, Counters[counter], new ChunkOptions { MaxTokens = max, OverlapTokens = Math.Min(overlap, max / 2) });
    }, iter: 3000);

    [Theory, InlineData("cranfield"), InlineData("xquad")]
    public void Real_texts_are_cut_without_loss_for_the_default_encoder(string collection)   // field case 43
    {
        var texts = SharedData.Texts(collection);
        var count = EmbeddingModel.Default.Tokenizer.CountTokens;
        // one long document of many, with headings and pages, and with the line breaks of Windows
        var text = new StringBuilder();
        var headings = new List<DocumentHeading>();
        var pages = new List<DocumentPage>();
        foreach (var (title, body) in texts.Take(150))
        {
            pages.Add(new DocumentPage(text.Length, pages.Count + 1));
            headings.Add(new DocumentHeading(text.Length, 1, title));
            text.Append(title).Append("\r\n\r\n").Append(body).Append("\r\n\r\n");
        }
        var document = new Document { Id = collection, Text = text.ToString(), Headings = headings, Pages = pages };
        foreach (var options in (ChunkOptions[])[new(), new() { MaxTokens = 60, OverlapTokens = 0 }, new() { MaxTokens = 30, OverlapTokens = 15 }])
        {
            var chunks = AssertSound(document, new TokenCounter(count), options);
            Assert.All(chunks, c => Assert.NotNull(c.Heading));
            // full, but for the last of each section
            Assert.True(chunks.Count < 3 * count(document.Text) / (options.MaxTokens - options.OverlapTokens) + headings.Count);
        }
        foreach (var (title, body) in texts.Take(150)) AssertSound(new Document { Id = "d", Text = body, Title = title }, new TokenCounter(count), new ChunkOptions());
    }

    [Fact]
    public async Task A_word_after_a_short_heading_is_found()   // field case 43
    {
        using var temp = new TempFolder();
        temp.File("docs/a.txt", "Intro\n" + string.Join(' ', Enumerable.Range(0, 300).Select(i => $"word{i:000}")));
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.IndexAsync(temp.Documents());
        var chunks = store.ReadChunks(cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(Enumerable.Range(0, 300), i => Assert.Contains(chunks, c => c.Passage.Text.Contains($"word{i:000}", StringComparison.Ordinal)));
        Assert.Contains(chunks, c => c.Passage.Text.Contains("Intro", StringComparison.Ordinal));
    }

    [Fact]
    public void Five_hundred_equal_lines_each_have_their_own_place()   // field case 44
    {
        string line = "The same line 🙂 each time, über 👩‍👩‍👧‍👦.";
        foreach (string end in (string[])["\n", "\r\n", "\r"])
        {
            var document = Doc("d", string.Concat(Enumerable.Repeat(line + end, 500)));
            foreach (var count in Counters)
            {
                var chunks = AssertSound(document, count, new ChunkOptions { MaxTokens = 100, OverlapTokens = 20 });
                Assert.Equal(chunks.Count, chunks.Select(c => c.Start).Distinct().Count());
                Assert.Equal(chunks.Select(c => c.Line), chunks.Select(c => 1 + c.Start / (line.Length + end.Length)));
            }
        }
    }

    [Theory]
    [InlineData("x"), InlineData("🙂"), InlineData("e\u0301"), InlineData("a\u0301\u0301\u0301\u0301"), InlineData("\u0301"), InlineData("漢")]
    [InlineData("a "), InlineData("a\n"), InlineData("a.\n\n"), InlineData("\n"), InlineData("a b c d e f "), InlineData("- a\r\n"), InlineData("。")]
    public void Ten_million_characters_take_time_and_memory_in_proportion(string piece)
    {
        var text = new StringBuilder(10_000_000 + piece.Length);
        while (text.Length < 10_000_000) text.Append(piece);
        var document = Doc("d", text.ToString());
        long counted = 0;
        int Count(ReadOnlySpan<char> part)
        {
            counted += part.Length;
            return (part.Length + 3) / 4;
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        var chunks = Chunker.Split(document, Count);
        Assert.InRange(counted, 0, 12 * document.Text.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 800L << 20);
        if (piece == "\n") Assert.Empty(chunks);
        else Assert.InRange(chunks.Count, document.Text.Length / 800, document.Text.Length / 100);
    }

    [Fact]
    public void A_long_word_is_cut_between_characters_as_people_see_them()
    {
        string family = "👩‍👩‍👧‍👦";
        var document = Doc("d", string.Concat(Enumerable.Repeat(family, 300)));
        Assert.All(Chunker.Split(document, text => text.Length, new ChunkOptions { MaxTokens = 50, OverlapTokens = 0 }), c => Assert.Equal(0, c.Start % family.Length));
        // one that is longer than a chunk is cut at last, but never inside a surrogate pair
        AssertSound(Doc("d", "a" + string.Concat(Enumerable.Repeat("\u200D🙂", 500))), text => text.Length, new ChunkOptions { MaxTokens = 9, OverlapTokens = 0 });
    }

    [Fact]
    public void A_heading_starts_a_chunk_and_names_it()
    {
        string body = Noise(1, 120), other = Noise(2, 120);
        string text = $"{body}\n\n# First\n\n{body}\n\n## Second\n\n{other}\n\n{other}\n";
        var document = Doc("d", text) with
        {
            Headings = [new DocumentHeading(text.IndexOf("# First", StringComparison.Ordinal), 1, "First"), new DocumentHeading(text.IndexOf("## Second", StringComparison.Ordinal), 2, "Second")],
        };
        var chunks = AssertSound(document, Counters[0], new ChunkOptions { MaxTokens = 130, OverlapTokens = 20 });
        Assert.Equal([null, "First", "Second", "Second"], chunks.Select(c => c.Heading));
        Assert.StartsWith("# First", text[chunks[1].Start..]);
        Assert.StartsWith("## Second", text[chunks[2].Start..]);
    }

    [Fact]
    public void Cuts_fall_between_sentences_where_they_can()
    {
        string text = string.Join(' ', Enumerable.Range(0, 200).Select(i => $"Sentence number {i} says something about Dr. Smith and costs 3.50 euros."));
        foreach (var chunk in Chunker.Split(Doc("d", text), Counters[0], new ChunkOptions { MaxTokens = 60, OverlapTokens = 15 }))
        {
            Assert.StartsWith("Sentence", text[chunk.Start..]);
            Assert.EndsWith("euros.", text[..chunk.End]);
        }
    }

    [Fact]
    public void A_chunk_repeats_the_last_sentences_of_the_one_before()
    {
        string text = string.Join(' ', Enumerable.Range(0, 50).Select(i => $"Sentence number {i} is here now."));
        var chunks = Chunker.Split(Doc("d", text), Counters[0], new ChunkOptions { MaxTokens = 60, OverlapTokens = 12 });
        Assert.All(chunks.Zip(chunks.Skip(1)), pair => Assert.Equal(12, Counters[0](text.AsSpan(pair.Second.Start, pair.First.End - pair.Second.Start))));
    }

    [Fact]
    public void White_space_has_no_chunks_and_bad_options_are_refused()
    {
        Assert.Empty(Chunker.Split(Doc("d", " \r\n\t \u00A0"), Counters[0]));
        Assert.Empty(Chunker.Split(Doc("d", ""), Counters[0]));
        Assert.Throws<ArgumentException>(() => Chunker.Split(Doc("d", "x"), Counters[0], new ChunkOptions { MaxTokens = 20, OverlapTokens = 11 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChunkOptions { MaxTokens = 7 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChunkOptions { OverlapTokens = -1 });
    }

    [GeneratedRegex("\r\n|\r|\n")]
    private static partial Regex LineBreak();

    private static IReadOnlyList<Chunk> AssertSound(Document document, TokenCounter count, ChunkOptions options)
    {
        string text = document.Text;
        var chunks = Chunker.Split(document, count, options);
        int[] breaks = [.. LineBreak().Matches(text).Select(m => m.Index + m.Length)];
        int covered = 0, start = 0;
        foreach (var chunk in chunks)
        {
            Assert.InRange(chunk.Start, start, text.Length - 1);
            Assert.InRange(chunk.End, Math.Max(chunk.Start, covered) + 1, text.Length);   // each has something of its own
            if (chunk.Start > covered) Assert.True(text.AsSpan(covered, chunk.Start - covered).IsWhiteSpace(), $"lost: «{text[covered..chunk.Start]}»");
            (start, covered) = (chunk.Start, chunk.End);
            var own = text.AsSpan(chunk.Start, chunk.End - chunk.Start);
            Assert.Equal(count(own), chunk.Tokens);
            Assert.True(chunk.Tokens <= options.MaxTokens, $"{chunk.Tokens} tokens, {options.MaxTokens} allowed");
            Assert.False(char.IsWhiteSpace(own[0]) || char.IsWhiteSpace(own[^1]));
            Assert.False(char.IsLowSurrogate(own[0]) || char.IsHighSurrogate(own[^1]));
            int line = Array.BinarySearch(breaks, chunk.Start);
            Assert.Equal(document.FirstLine + (line < 0 ? ~line : line + 1), chunk.Line);
            var pages = document.Pages.Where(p => p.Offset <= chunk.Start).ToList();
            int? offset = pages.Count == 0 ? null : pages.Max(p => p.Offset), given = chunk.Page is null ? null : document.Pages.First(p => p.Number == chunk.Page).Offset;
            Assert.Equal(offset, given);
        }
        Assert.True(text.AsSpan(covered).IsWhiteSpace(), "the end is lost");
        return chunks;
    }
}
