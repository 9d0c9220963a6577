using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Wordprocessing;

namespace Kindred.Store.Tests.Reading;

public sealed class DocxFileTests
{
    private const string Main = "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>";

    internal static byte[] Docx(string? title, params OpenXmlElement[] body)
    {
        var stream = new MemoryStream();
        using (var word = WordprocessingDocument.Create(stream, WordprocessingDocumentType.Document))
        {
            if (title is not null) word.PackageProperties.Title = title;
            var main = word.AddMainDocumentPart();
            main.Document = new DocumentFormat.OpenXml.Wordprocessing.Document(new Body(body));
            main.AddNewPart<StyleDefinitionsPart>().Styles = new Styles(
                new Style(new StyleName { Val = "heading 1" }) { StyleId = "berschrift1", Type = StyleValues.Paragraph },
                new Style(new StyleName { Val = "Chapter" }, new BasedOn { Val = "berschrift1" }) { StyleId = "Chapter", Type = StyleValues.Paragraph },
                new Style(new StyleName { Val = "Own" }, new StyleParagraphProperties(new OutlineLevel { Val = 2 })) { StyleId = "Own", Type = StyleValues.Paragraph });
        }
        return stream.ToArray();
    }

    internal static Paragraph P(string text, string? style = null)
    {
        var paragraph = new Paragraph(new Run(new Text(text) { Space = SpaceProcessingModeValues.Preserve }));
        if (style is not null) paragraph.ParagraphProperties = new ParagraphProperties(new ParagraphStyleId { Val = style });
        return paragraph;
    }

    private static TableCell Cell(string text) => new(P(text));

    [Fact]
    public void Paragraphs_headings_tables_and_lists_come_out()
    {
        var item = P("an item");
        item.ParagraphProperties = new ParagraphProperties(new NumberingProperties(new NumberingId { Val = 1 }));
        var document = Read.One("a.docx", Docx(
            "The report",
            P("Introduction", "berschrift1"),
            new Paragraph(new Run(new Text("Split ") { Space = SpaceProcessingModeValues.Preserve }), new Run(new Text("runs"), new TabChar(), new Text("tabbed"), new Break(), new Text("broken"))),
            P("Zweites Kapitel 🙂", "Chapter"),
            item,
            new Table(new TableRow(Cell("a"), Cell("b")), new TableRow(Cell("1"), Cell("2"))),
            P("Deeper", "Own"),
            P("The end.")));
        Assert.Equal("The report", document.Title);
        Assert.Equal("Introduction\n\nSplit runs\ttabbed\nbroken\n\nZweites Kapitel 🙂\n\n- an item\na\tb\n1\t2\n\nDeeper\n\nThe end.", document.Text);
        Assert.Equal([(1, "Introduction"), (1, "Zweites Kapitel 🙂"), (3, "Deeper")], document.Headings.Select(h => (h.Level, h.Text)));
        Assert.All(document.Headings, h => Assert.StartsWith(h.Text, document.Text[h.Offset..]));
    }

    [Fact]
    public void The_first_heading_is_the_title_where_none_is_stated()
    {
        Assert.Equal("Head", Read.One("a.docx", Docx(null, P("Head", "berschrift1"), P("text"))).Title);
        Assert.Contains("empty", Read.Refused("a.docx", Docx("t", P("  "))).Reason);
    }

    [Fact]
    public void Each_cut_is_refused()
    {
        byte[] good = Docx("t", [.. Enumerable.Range(0, 50).Select(i => P($"Paragraph {i} of the report."))]);
        for (int part = 1; part < 20; part++) Assert.False(Read.ValueOrRefusal("cut.docx", good[..(good.Length * part / 20)]));
        Assert.True(Read.ValueOrRefusal("whole.docx", good));
    }

    [Fact]
    public void Flipped_bits_give_text_or_a_listed_refusal()
    {
        byte[] good = Docx("t", [.. Enumerable.Range(0, 20).Select(i => P($"Paragraph {i} of the report."))]);
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] bad = [.. good];
            for (int i = 0; i < 1 + round % 20; i++) bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            Read.ValueOrRefusal("flipped.docx", bad);
        }
    }

    [Fact]
    public void Two_gigabytes_in_two_megabytes_are_refused_while_unpacking()
    {
        byte[] bomb = Bomb(Encoding.UTF8.GetBytes(Main + "<w:p><w:r><w:t>"), Encoding.UTF8.GetBytes(new string(' ', 1 << 20)), 2048);
        Assert.InRange(bomb.Length, 0, 4 << 20);
        Assert.Contains("ReadOptions.MaxBytes", Read.Refused("bomb.docx", bomb).Reason);
        // outside a paragraph nothing is text, so what stops it is the count of bytes that come out
        bomb = Bomb(Encoding.UTF8.GetBytes(Main), Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<w:b/>", 1 << 17))), 1024);
        Assert.Contains("unpacks to over", Read.Refused("bomb.docx", bomb, new ReadOptions { MaxBytes = 4 << 20 }).Reason);
    }

    [Fact]
    public void Nested_elements_are_counted()
    {
        byte[] bomb = Bomb(Encoding.UTF8.GetBytes(Main), Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<w:tbl><w:tr><w:tc>", 1000))), 1000);
        Assert.Contains("deep", Read.Refused("bomb.docx", bomb).Reason);
    }

    [Fact]
    public void Entities_are_not_expanded()
    {
        string bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>" + Main + "<w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>";
        Assert.Contains("damaged", Read.Refused("laughs.docx", Zip(("word/document.xml", bomb))).Reason);
        string outside = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>" + Main + "<w:p><w:r><w:t>&f;</w:t></w:r></w:p></w:body></w:document>";
        Assert.Contains("damaged", Read.Refused("outside.docx", Zip(("word/document.xml", outside))).Reason);
    }

    [Fact]
    public void A_zip_that_is_no_document_is_named()
    {
        Assert.Contains("document.xml", Read.Refused("other.docx", Zip(("readme.txt", "x"))).Reason);
        Assert.Contains("damaged", Read.Refused("loop.docx", Zip(("_rels/.rels", "<Relationships><Relationship Type=\"x/relationships/officeDocument\" Target=\"nowhere.xml\"/></Relationships>"))).Reason);
        Assert.Contains("encrypted", Read.Refused("old.docx", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0]).Reason);
        Assert.Contains("damaged", Read.Refused("no.docx", "no zip at all"u8).Reason);
    }

    private static byte[] Zip(params (string Name, string Text)[] parts)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, text) in parts)
                using (var writer = new StreamWriter(zip.CreateEntry(name).Open()))
                    writer.Write(text);
        return stream.ToArray();
    }

    /// <summary>
    /// A zip whose document.xml is a start and a piece many times over. The piece is packed once, up to a flush, after which packed data may
    /// be followed by any other: so two gigabytes take no time to make.
    /// </summary>
    private static byte[] Bomb(byte[] start, byte[] piece, int times)
    {
        using var data = new MemoryStream();
        data.Write(Flushed(start));
        byte[] packed = Flushed(piece);
        for (int i = 0; i < times; i++) data.Write(packed);
        data.Write([0x03, 0x00]);   // an empty last block
        byte[] name = "word/document.xml"u8.ToArray(), content = data.ToArray();
        long length = start.Length + (long)piece.Length * times;

        using var zip = new MemoryStream();
        byte[] local = new byte[30], central = new byte[46], end = new byte[22];
        BinaryPrimitives.WriteUInt32LittleEndian(local, 0x04034b50);
        BinaryPrimitives.WriteUInt32LittleEndian(central, 0x02014b50);
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        Fields(local.AsSpan(4));
        Fields(central.AsSpan(6));
        BinaryPrimitives.WriteUInt16LittleEndian(central.AsSpan(4), 20);
        zip.Write(local);
        zip.Write(name);
        zip.Write(content);
        long directory = zip.Position;
        zip.Write(central);
        zip.Write(name);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(12), (uint)(central.Length + name.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), (uint)directory);
        zip.Write(end);
        return zip.ToArray();

        // version, flags, method, time, date, checksum, both lengths, length of the name
        void Fields(Span<byte> at)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(at, 20);
            BinaryPrimitives.WriteUInt16LittleEndian(at[4..], 8);
            BinaryPrimitives.WriteUInt32LittleEndian(at[14..], (uint)content.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(at[18..], (uint)Math.Min(length, uint.MaxValue - 1));
            BinaryPrimitives.WriteUInt16LittleEndian(at[22..], (ushort)name.Length);
        }
    }

    private static byte[] Flushed(byte[] piece)
    {
        using var packed = new MemoryStream();
        using var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true);
        deflate.Write(piece);
        deflate.Flush();
        return packed.ToArray();   // before the stream is closed, which would add the last block
    }
}
