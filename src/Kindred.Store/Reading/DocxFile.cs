using System.Globalization;
using System.IO.Compression;
using System.Xml;

namespace Kindred.Store.Reading;

/// <summary>
/// Word documents (ECMA-376): the body, then foot- and endnotes. The parts are streamed from the zip through a bounded reader; a packaging
/// library would unpack content types and relationships without a limit before anyone could ask.
/// </summary>
internal static class DocxFile
{
    private const int MaxEntries = 10_000, MaxDepth = 500;
    private const string Office = "/relationships/officeDocument", Properties = "/metadata/core-properties";

    public static ReadResult Read(Stream stream, string path, ReadOptions options, CancellationToken cancel)
    {
        Span<byte> head = stackalloc byte[4];
        int got = stream.ReadAtLeast(head, 4, throwOnEndOfStream: false);
        stream.Position = 0;
        if (head[..got] is [0xD0, 0xCF, 0x11, 0xE0]) throw new UnreadableDocumentException(path, "an encrypted docx or an old .doc, which cannot be read");
        try
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            if (zip.Entries.Count > MaxEntries) throw new UnreadableDocumentException(path, $"damaged docx: over {MaxEntries} parts");
            string main = Part(zip, Office, "word/document.xml", path, options);
            string folder = main[..(main.LastIndexOf('/') + 1)];
            var text = new DocxText(Levels(zip, folder + "styles.xml", path, options), options.MaxBytes, path);
            Walk(zip, main, path, options, text, cancel);
            foreach (string notes in (string[])["footnotes.xml", "endnotes.xml"])
                if (zip.GetEntry(folder + notes) is not null) Walk(zip, folder + notes, path, options, text, cancel);
            var (body, note) = TextDecoder.Clean(text.ToString(), null);
            if (body.AsSpan().IsWhiteSpace()) throw new UnreadableDocumentException(path, "empty: the document has no text");
            string? title = Title(zip, path, options);
            if (string.IsNullOrWhiteSpace(title)) title = text.Headings is [{ Level: 1 } first, ..] ? first.Text : null;
            return new ReadResult([new Document { Id = path, Text = body, Title = title, Headings = text.Headings }], note);
        }
        // the zip and XML readers throw these, and a few more, on damaged input
        catch (Exception e) when (e is InvalidDataException or XmlException or IOException or NotSupportedException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            throw new UnreadableDocumentException(path, $"damaged docx: {DocumentFolder.Why(e)}", innerException: e);
        }
    }

    private static XmlReader Open(ZipArchive zip, string part, string path, ReadOptions options)
    {
        var entry = zip.GetEntry(part) ?? throw new UnreadableDocumentException(path, $"damaged docx: it has no {part}");
        // XML packs 10 to 30 times; what claims 200 is a bomb
        long limit = Math.Min(Math.Max(16L << 20, 200 * Math.Max(0, entry.CompressedLength)), 4 * options.MaxBytes);
        var bounded = new BoundedStream(entry.Open(), limit, () => new UnreadableDocumentException(path, FormattableString.Invariant($"damaged docx: {part} unpacks to over {limit} bytes")));
        return XmlReader.Create(bounded, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            CloseInput = true,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            MaxCharactersInDocument = limit,
            CheckCharacters = false,
        });
    }

    /// <summary>The part that the package's relationships name for something; word processors differ in where they put it.</summary>
    private static string Part(ZipArchive zip, string kind, string usual, string path, ReadOptions options)
    {
        if (zip.GetEntry("_rels/.rels") is null) return usual;
        using var xml = Open(zip, "_rels/.rels", path, options);
        while (Next(xml, path))
            if (xml.NodeType == XmlNodeType.Element && xml.GetAttribute("Type")?.EndsWith(kind, StringComparison.Ordinal) == true
                && xml.GetAttribute("Target") is { Length: > 0 } target)
                return target.TrimStart('/');
        return usual;
    }

    private static string? Title(ZipArchive zip, string path, ReadOptions options)
    {
        string part = Part(zip, Properties, "docProps/core.xml", path, options);
        if (zip.GetEntry(part) is null) return null;
        using var xml = Open(zip, part, path, options);
        bool inside = false;
        while (Next(xml, path))
        {
            if (xml.NodeType == XmlNodeType.Element) inside = xml.LocalName == "title" && !xml.IsEmptyElement;
            else if (inside && xml.NodeType == XmlNodeType.Text) return TextDecoder.Clean(xml.Value.Trim(), null).Text;
        }
        return null;
    }

    /// <summary>The outline level of each paragraph style that has one, 1 for the highest, by its own setting, its name or the style it builds on.</summary>
    private static Dictionary<string, int> Levels(ZipArchive zip, string part, string path, ReadOptions options)
    {
        var levels = new Dictionary<string, int>(StringComparer.Ordinal);
        var bases = new Dictionary<string, string>(StringComparer.Ordinal);
        if (zip.GetEntry(part) is null) return levels;
        using var xml = Open(zip, part, path, options);
        string style = "";
        while (Next(xml, path))
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            switch (xml.LocalName)
            {
                case "style":
                    style = Attribute(xml, "styleId") ?? "";
                    break;
                case "name" when LevelOfName(Attribute(xml, "val")) is { } named:
                    levels.TryAdd(style, named);
                    break;
                case "outlineLvl" when DocxText.Level(Attribute(xml, "val")) is { } own:
                    levels[style] = own;
                    break;
                case "basedOn" when Attribute(xml, "val") is { } parent:
                    bases[style] = parent;
                    break;
            }
        }
        foreach (string name in bases.Keys)
        {
            if (levels.ContainsKey(name)) continue;
            string at = name;
            for (int steps = 0; steps < 16 && bases.TryGetValue(at, out string? parent); steps++)
            {
                at = parent;
                if (!levels.TryGetValue(at, out int level)) continue;
                levels[name] = level;
                break;
            }
        }
        return levels;
    }

    private static int? LevelOfName(string? name) =>
        name is not null && name.StartsWith("heading ", StringComparison.OrdinalIgnoreCase)
        && int.TryParse(name.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out int level) && level is >= 1 and <= 9 ? level : null;

    private static string? Attribute(XmlReader xml, string name)
    {
        string? value = null;
        while (xml.MoveToNextAttribute())
            if (xml.LocalName == name) value = xml.Value;
        xml.MoveToElement();
        return value;
    }

    private static bool Next(XmlReader xml, string path)
    {
        bool more = xml.Read();
        return xml.Depth > MaxDepth ? throw new UnreadableDocumentException(path, $"damaged docx: nested over {MaxDepth} deep") : more;
    }

    private static void Walk(ZipArchive zip, string part, string path, ReadOptions options, DocxText text, CancellationToken cancel)
    {
        using var xml = Open(zip, part, path, options);
        char[] chunk = new char[4096];
        int nodes = 0;
        bool inText = false;
        while (Next(xml, path))
        {
            if ((++nodes & 4095) == 0) cancel.ThrowIfCancellationRequested();
            switch (xml.NodeType)
            {
                // the other form of what has been read, and text that was moved away
                case XmlNodeType.Element when xml.LocalName is "Fallback" or "moveFrom" && !xml.IsEmptyElement:
                    int depth = xml.Depth;
                    while (Next(xml, path) && xml.Depth > depth) { }
                    break;
                case XmlNodeType.Element:
                    inText = xml.LocalName == "t" && !xml.IsEmptyElement;
                    bool empty = xml.IsEmptyElement;
                    string name = xml.LocalName;
                    text.Open(name, name is "pStyle" or "outlineLvl" or "numId" ? Attribute(xml, "val") : null);
                    if (empty) text.Close(name);
                    break;
                case XmlNodeType.EndElement:
                    inText = false;
                    text.Close(xml.LocalName);
                    break;
                case XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA when inText:
                    for (int read; (read = xml.ReadValueChunk(chunk, 0, chunk.Length)) > 0;)
                        text.Add(chunk.AsSpan(0, read));
                    break;
            }
        }
        text.EndPart();
    }
}
