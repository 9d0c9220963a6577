using System.Globalization;
using System.IO.Compression;
using System.Text;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Fonts.Standard14Fonts;
using UglyToad.PdfPig.Writer;

namespace Kindred.Store.Tests.Reading;

public sealed class PdfFileTests
{
    internal static byte[] Pdf(string? title, params string[][] pages)
    {
        using var builder = new PdfDocumentBuilder();
        if (title is not null) builder.DocumentInformation.Title = title;
        var font = builder.AddStandard14Font(Standard14Font.Helvetica);
        foreach (string[] lines in pages)
        {
            var page = builder.AddPage(PageSize.A4);
            for (int i = 0; i < lines.Length; i++) page.AddText(lines[i], 11, new PdfPoint(50, 780 - 16 * i), font);
        }
        return builder.Build();
    }

    /// <summary>A pdf written by hand: whatever objects a hostile writer likes.</summary>
    private static byte[] Raw(params byte[][] objects)
    {
        using var file = new MemoryStream();
        var offsets = new List<long>();
        file.Write("%PDF-1.7\n"u8);
        for (int i = 0; i < objects.Length; i++)
        {
            offsets.Add(file.Position);
            file.Write(Encoding.ASCII.GetBytes($"{i + 1} 0 obj\n"));
            file.Write(objects[i]);
            file.Write("\nendobj\n"u8);
        }
        long xref = file.Position;
        file.Write(Encoding.ASCII.GetBytes($"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n"));
        foreach (long offset in offsets) file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{offset:0000000000} 00000 n \n")));
        file.Write(Encoding.ASCII.GetBytes($"trailer << /Size {objects.Length + 1} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n"));
        return file.ToArray();
    }

    private static byte[] Stream(string entries, byte[] content) =>
        [.. Encoding.ASCII.GetBytes($"<< {entries} /Length {content.Length} >>\nstream\n"), .. content, .. "\nendstream"u8];

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static byte[] Deflated(byte[] piece, int times)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            for (int i = 0; i < times; i++) zlib.Write(piece);
        return packed.ToArray();
    }

    [Fact]
    public void Text_pages_and_title_come_out()
    {
        var document = Read.One("guide.pdf", Pdf("The guide", ["Alpha is on the first page."], ["Beta is on", "the second page."], [], ["Delta is on the fourth."]));
        Assert.Equal(("guide.pdf", "The guide"), (document.Id, document.Title));
        Assert.Equal([1, 2, 4], document.Pages.Select(p => p.Number));
        Assert.Equal(["Alpha", "Beta", "Delta"], document.Pages.Select(p => document.Text[p.Offset..].Split(' ')[0]));
        Assert.Contains("Beta is on\nthe second page.", document.Text);
    }

    [Fact]
    public void A_pdf_without_text_is_empty() => Assert.Contains("no text", Read.Refused("scan.pdf", Pdf(null, [], [])).Reason);

    [Fact]
    public void Each_cut_gives_text_or_a_listed_refusal()
    {
        byte[] good = Pdf("t", [.. Enumerable.Range(0, 10).Select(i => (string[])[$"Page {i} has this line.", "And another."])]);
        for (int part = 0; part < 20; part++)
        {
            byte[] cut = good[..(good.Length * part / 20)];
            if (cut.Length == 0) continue;
            Assert.False(Read.ValueOrRefusal("cut.pdf", cut));   // half a document must not pass for the whole
        }
        Assert.True(Read.ValueOrRefusal("whole.pdf", good));
    }

    [Fact]
    public void Flipped_bits_give_text_or_a_listed_refusal()
    {
        byte[] good = Pdf("t", ["Some text on the first page."], ["More on the second."]);
        var random = new Random(11);
        for (int round = 0; round < 150; round++)
        {
            byte[] bad = [.. good];
            for (int i = 0; i < 1 + round % 20; i++) bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            Read.ValueOrRefusal("flipped.pdf", bad);
        }
    }

    [Fact]
    public void A_page_that_swells_is_left_out_and_named()
    {
        byte[] bomb = Deflated(new byte[1 << 20], 64);   // 64 MB of zeros
        byte[] pdf = Raw(
            Text("<< /Type /Catalog /Pages 2 0 R >>"),
            Text("<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>"),
            Text("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /Font << /F1 7 0 R >> >> >>"),
            Stream("/Filter /FlateDecode", bomb),
            Text("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 6 0 R /Resources << /Font << /F1 7 0 R >> >> >>"),
            Stream("", Text("BT /F1 12 Tf 10 100 Td (still here) Tj ET")),
            Text("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"));
        Assert.True(pdf.Length < 1 << 20);
        var result = Read.Result("bomb.pdf", pdf);
        Assert.Equal("still here", Assert.Single(result.Documents).Text);
        Assert.Contains("page 1 was left out", result.Note);
        Assert.Contains("16 MB", result.Note);
    }

    [Fact]
    public void Drawings_that_call_each_other_without_end_are_stopped()
    {
        // ten forms, each drawing the next one ten times: ten thousand million drawings
        var objects = new List<byte[]>
        {
            Text("<< /Type /Catalog /Pages 2 0 R >>"),
            Text("<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
            Text("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>"),
            Stream("", Text("/X Do")),
        };
        for (int i = 0; i < 10; i++)
            objects.Add(Stream($"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {6 + i} 0 R >> >>", Text(string.Concat(Enumerable.Repeat("/X Do ", 10)))));
        objects.Add(Stream("/Type /XObject /Subtype /Form /BBox [0 0 9 9]", Text("q Q")));
        Assert.False(Read.ValueOrRefusal("forms.pdf", Raw([.. objects])));

        // and one that draws itself
        objects[4] = Stream("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >>", Text("/X Do"));
        Assert.False(Read.ValueOrRefusal("self.pdf", Raw([.. objects[..5]])));
    }

    [Fact]
    public void Deep_and_looping_structures_end()
    {
        byte[] catalog = Text("<< /Type /Catalog /Pages 2 0 R >>");
        Assert.False(Read.ValueOrRefusal("loop.pdf", Raw(catalog, Text("<< /Type /Pages /Kids [2 0 R] /Count 1 >>"))));
        Assert.False(Read.ValueOrRefusal("deep.pdf", Raw(catalog, Text(new string('[', 100_000)))));
        Assert.False(Read.ValueOrRefusal("deep2.pdf", Raw(catalog, Text(string.Concat(Enumerable.Repeat("<< /A ", 50_000))))));
        Assert.False(Read.ValueOrRefusal("many.pdf", Raw(catalog, Text("<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>"), Text("<< /Type /Page /Parent 2 0 R >>"))));
        var chain = new List<byte[]> { catalog };
        for (int i = 0; i < 20_000; i++) chain.Add(Text($"<< /Type /Pages /Parent {i + 1} 0 R /Kids [{i + 3} 0 R] /Count 1 >>"));
        chain.Add(Text("<< /Type /Page /MediaBox [0 0 9 9] >>"));
        Read.ValueOrRefusal("chain.pdf", Raw([.. chain]));
    }

    [Fact]
    public void An_encrypted_pdf_says_so()
    {
        byte[] pdf = Raw(
            Text("<< /Type /Catalog /Pages 2 0 R >>"),
            Text("<< /Type /Pages /Kids [] /Count 0 >>"),
            Text("<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <" + new string('A', 64) + "> /U <" + new string('B', 64) + "> >>"));
        string text = Encoding.Latin1.GetString(pdf).Replace("/Root 1 0 R", "/Root 1 0 R /Encrypt 3 0 R /ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>]");
        Assert.Contains("encrypted", Read.Refused("secret.pdf", Encoding.Latin1.GetBytes(text)).Reason);
    }

    [Fact]
    public void Reading_can_be_stopped()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        byte[] pdf = Pdf(null, ["text"]);
        Assert.Throws<OperationCanceledException>(() => Documents.Read(new MemoryStream(pdf), "a.pdf", "pdf", new ReadOptions(), cancel.Token));
    }
}
