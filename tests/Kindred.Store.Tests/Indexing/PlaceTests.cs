using Kindred.Store.Storage;
using Kindred.Store.Tests.Reading;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Indexing;

/// <summary>Page, heading and line of a hit are those of the passage, whatever the file is.</summary>
public sealed class PlaceTests
{
    private static string Filler(int seed) => Noise(seed, 120);

    [Fact]
    public async Task A_hit_says_where_it_stands()
    {
        using var temp = new TempFolder();
        string docs = Directory.CreateDirectory(Path.Combine(temp.Root, "docs")).FullName;
        File.WriteAllBytes(Path.Combine(docs, "guide.pdf"), PdfFileTests.Pdf("The guide",
            [.. Enumerable.Range(0, 40).Select(i => Noise(i, 8))], ["the pangolin sleeps here"], [.. Enumerable.Range(0, 40).Select(i => Noise(100 + i, 8))]));
        File.WriteAllBytes(Path.Combine(docs, "report.docx"), DocxFileTests.Docx("The report",
            DocxFileTests.P("First part", "berschrift1"), DocxFileTests.P(Filler(1)), DocxFileTests.P("Second part", "Chapter"), DocxFileTests.P("the okapi grazes " + Filler(2))));
        temp.File("docs/note.md", $"---\ntitle: The note\nstars: 5\n---\n# Alpha\n\n{Filler(3)}\n\n## Beta\n\nthe axolotl swims {Filler(4)}\n");
        temp.File("docs/table.csv", "text,animal\n\"a row\nof two lines\",cat\nthe wombat digs,wombat\n");
        temp.File("docs/code.cs", string.Concat(Enumerable.Range(1, 300).Select(i => i == 250 ? "// the quokka smiles\n" : $"int x{i};\n")));
        temp.File("docs/page.html", $"<title>The page</title><h1>One</h1><p>{Filler(5)}</p><h2>Two</h2><p>the narwhal dives {Filler(6)}</p>");
        await using var store = await temp.OpenAsync(new FakeModel());
        var report = await store.IndexAsync(temp.Documents());
        Assert.Empty(report.Skipped);

        var pdf = await HitAsync("pangolin");
        Assert.Equal(("guide.pdf", "The guide"), (pdf.Source, pdf.Title));
        Assert.Contains(pdf.Page, (int?[])[1, 2]);   // the page it begins on: a short page may be in a chunk with the end of the one before
        Assert.All(store.ReadChunks("source = 'guide.pdf'", TestContext.Current.CancellationToken), c => Assert.InRange(c.Passage.Page!.Value, 1, 3));

        var docx = await HitAsync("okapi");
        Assert.Equal(("report.docx", "The report", "Second part", (int?)null), (docx.Source, docx.Title, docx.Heading, docx.Page));

        var md = await HitAsync("axolotl");
        Assert.Equal(("note.md", "The note", "Beta", 9), (md.Source, md.Title, md.Heading, md.Line));
        Assert.Equal("## Beta", File.ReadAllLines(Path.Combine(docs, "note.md"))[md.Line - 1]);
        Assert.Equal(5, md.Payload["stars"].GetInt32());

        var csv = await HitAsync("wombat");
        Assert.Equal(("table.csv", "table.csv#2", 4), (csv.Source, csv.DocumentId, csv.Line));
        Assert.Equal("the wombat digs,wombat", File.ReadAllLines(Path.Combine(docs, "table.csv"))[csv.Line - 1]);

        var code = await HitAsync("quokka");
        Assert.Equal(File.ReadAllLines(Path.Combine(docs, "code.cs"))[code.Line - 1], code.Text.Split('\n')[0]);

        var html = await HitAsync("narwhal");
        Assert.Equal(("The page", "Two"), (html.Title, html.Heading));
        await store.AssertSoundAsync();

        async Task<SearchHit> HitAsync(string word) =>
            (await store.FindAsync(word, 1000)).First(h => h.Text.Contains(word, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_passage_begins_on_its_own_page()
    {
        using var temp = new TempFolder();
        string docs = Directory.CreateDirectory(Path.Combine(temp.Root, "docs")).FullName;
        string[][] pages = [.. Enumerable.Range(1, 6).Select(p => Enumerable.Range(0, 40).Select(i => $"page{p} line{i} {Noise(40 * p + i, 6)}").ToArray())];
        File.WriteAllBytes(Path.Combine(docs, "a.pdf"), PdfFileTests.Pdf(null, pages));
        await using var store = await temp.OpenAsync(new FakeModel(), new StoreSettings { ChunkTokens = 40 });
        await store.IndexAsync(temp.Documents());
        var chunks = store.ReadChunks(cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(chunks.Count > 20);
        foreach (var chunk in chunks)
            if (System.Text.RegularExpressions.Regex.Match(chunk.Passage.Text, "^page([0-9])") is { Success: true } first)
                Assert.Equal(first.Groups[1].Value, $"{chunk.Passage.Page}");
        Assert.Equal([1, 2, 3, 4, 5, 6], chunks.Select(c => c.Passage.Page!.Value).Distinct());
    }
}
