using System.Text;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Core;
using UglyToad.PdfPig.Tokens;

namespace Kindred.Store.Reading;

/// <summary>
/// Works out how many bytes of drawing commands a page runs through before any is run. A form can draw other forms many times over, so a
/// file of a kilobyte may ask for years of drawing; each form is looked at once here, however often it is drawn.
/// </summary>
internal sealed class PdfDrawings(PdfDocument pdf)
{
    private const long MaxBytes = 256L << 20, Endless = long.MaxValue / 4;
    private const int MaxDepth = 32;

    // by the resources that a form takes over from where it is drawn; one that has its own stands under none
    private readonly Dictionary<DictionaryToken, Dictionary<IndirectReference, long>> _known = new(ReferenceEqualityComparer.Instance);

    private List<(DictionaryToken Page, DictionaryToken? Resources)>? _pages;
    private long? _most;
    private int _nodes;

    /// <summary>Why a page is not drawn, or null when it may be.</summary>
    public string? WhyNot(int number)
    {
        if (_pages is null)
        {
            _pages = [];
            if (Find<DictionaryToken>(pdf.Structure.Catalog.CatalogDictionary, NameToken.Pages) is { } root) Collect(root, null, 0);
        }
        // a damaged tree may be walked in another way by the reader: then every page answers for all
        bool sure = _pages.Count == pdf.NumberOfPages;
        long bytes = sure ? Cost(_pages[number - 1]) : _most ??= _pages.Max(p => (long?)Cost(p)) ?? 0;
        return bytes > MaxBytes ? $"its drawings repeat each other to over {MaxBytes >> 20} MB" : null;
    }

    private long Cost((DictionaryToken Page, DictionaryToken? Resources) page) =>
        page.Resources is { } resources && Forms(resources).Count > 0 ? Cost(Content(page.Page), resources, 0) : 0;

    /// <summary>The pages in order, each with its resources, which a page may take over from the node above.</summary>
    private void Collect(DictionaryToken node, DictionaryToken? resources, int depth)
    {
        resources = Find<DictionaryToken>(node, NameToken.Resources) ?? resources;
        if (Find<ArrayToken>(node, NameToken.Kids) is not { } kids)
        {
            _pages!.Add((node, resources));
            return;
        }
        if (depth > 256) return;
        foreach (var kid in kids.Data)
            if (++_nodes < 4 * PdfFile.MaxPages && Resolved<DictionaryToken>(kid) is { } child) Collect(child, resources, depth + 1);
    }

    private long Cost(ReadOnlySpan<byte> content, DictionaryToken resources, int depth)
    {
        long total = content.Length;
        var forms = Forms(resources);
        if (forms.Count == 0) return total;
        var (drawn, unnamed) = Drawn(content);
        long largest = 0;
        foreach (var (name, form) in forms)
        {
            int times = drawn.GetValueOrDefault(name);
            if (times == 0 && unnamed == 0) continue;
            long one = Cost(form, resources, depth + 1);
            largest = Math.Max(largest, one);
            total = Math.Min(Endless, total + (one > Endless / Math.Max(1, times) ? Endless : times * one));
        }
        return Math.Min(Endless, total + (largest > Endless / Math.Max(1, unnamed) ? Endless : unnamed * largest));
    }

    private long Cost(IndirectReference form, DictionaryToken around, int depth)
    {
        if (depth > MaxDepth || Resolved<StreamToken>(new IndirectReferenceToken(form)) is not { } stream) return depth > MaxDepth ? Endless : 0;
        var own = Find<DictionaryToken>(stream.StreamDictionary, NameToken.Resources);
        var group = own is null ? around : DictionaryToken.Empty;
        if (!_known.TryGetValue(group, out var known)) _known[group] = known = [];
        if (known.TryGetValue(form, out long cost)) return cost;
        known[form] = Endless;   // until it is known: a form that comes back to itself has no end
        return known[form] = Cost(Decoded(stream), own ?? around, depth);
    }

    private Dictionary<string, IndirectReference> Forms(DictionaryToken resources)
    {
        var forms = new Dictionary<string, IndirectReference>(StringComparer.Ordinal);
        if (Find<DictionaryToken>(resources, NameToken.Xobject) is not { } objects) return forms;
        foreach (var (name, token) in objects.Data)
            if (token is IndirectReferenceToken reference && Resolved<StreamToken>(reference) is { } stream
                && Find<NameToken>(stream.StreamDictionary, NameToken.Subtype)?.Data == "Form")
                forms[name] = reference.Data;
        return forms;
    }

    private byte[] Content(DictionaryToken page)
    {
        if (!page.TryGet(NameToken.Contents, out IToken contents)) return [];
        if (Resolved<StreamToken>(contents) is { } one) return Decoded(one).ToArray();
        using var all = new MemoryStream();
        foreach (var part in Resolved<ArrayToken>(contents)?.Data ?? [])
            if (Resolved<StreamToken>(part) is { } stream)
            {
                all.Write(Decoded(stream));
                all.WriteByte((byte)'\n');
            }
        return all.ToArray();
    }

    /// <summary>How often each name is drawn, "/Name Do"; what stands between them may also be a comment, so some have no name here.</summary>
    private static (Dictionary<string, int> Named, int Unnamed) Drawn(ReadOnlySpan<byte> content)
    {
        var named = new Dictionary<string, int>(StringComparer.Ordinal);
        int unnamed = 0;
        for (int at = 0, next; (next = content[at..].IndexOf("Do"u8)) >= 0;)
        {
            int start = at + next, end = start;
            at = start + 2;
            if (at < content.Length && IsRegular(content[at])) continue;
            while (end > 0 && IsSpace(content[end - 1])) end--;
            int from = end;
            while (from > 0 && IsRegular(content[from - 1])) from--;
            if (end == start && from < end) continue;   // the end of a longer word
            if (from == 0 || from == end || content[from - 1] != '/') unnamed++;
            else
            {
                string name = Name(content[from..end]);
                named[name] = named.GetValueOrDefault(name) + 1;
            }
        }
        return (named, unnamed);
    }

    private static string Name(ReadOnlySpan<byte> raw)
    {
        var name = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
            if (raw[i] == '#' && i + 2 < raw.Length && char.IsAsciiHexDigit((char)raw[i + 1]) && char.IsAsciiHexDigit((char)raw[i + 2]))
            {
                name.Append((char)Convert.FromHexString([(char)raw[i + 1], (char)raw[i + 2]])[0]);
                i += 2;
            }
            else name.Append((char)raw[i]);
        return name.ToString();
    }

    private static bool IsSpace(byte b) => b is 0 or 9 or 10 or 12 or 13 or 32;

    private static bool IsRegular(byte b) => !IsSpace(b) && b is not ((byte)'/' or (byte)'(' or (byte)')' or (byte)'<' or (byte)'>' or (byte)'[' or (byte)']' or (byte)'{' or (byte)'}' or (byte)'%');

    private T? Find<T>(DictionaryToken dictionary, NameToken name) where T : class, IToken =>
        dictionary.TryGet(name, out IToken token) ? Resolved<T>(token) : null;

    private T? Resolved<T>(IToken token) where T : class, IToken
    {
        for (int steps = 0; token is IndirectReferenceToken reference && steps < 16; steps++)
        {
            if (pdf.Structure.GetObject(reference.Data)?.Data is not { } next) return null;
            token = next;
        }
        return token as T;
    }

    private ReadOnlySpan<byte> Decoded(StreamToken stream) => stream.Decode(pdf.Structure.FilterProvider, pdf.Structure.TokenScanner).Span;
}
