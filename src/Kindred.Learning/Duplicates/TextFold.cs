using System.Globalization;
using System.Text;

namespace Kindred.Learning.Duplicates;

/// <summary>
/// What of a text counts when two are compared: Unicode NFKC without case (compatibility forms, composed and decomposed letters are the same), without what cannot be seen, each
/// run of white space one space. Own table (folded-forms.py writes it), because .NET does not normalise in invariant mode. Texts are left decomposed, which tells the same ones apart.
/// </summary>
internal static class TextFold
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, Leads = 0x1100, Vowels = 0x1161, Trails = 0x11A7, VowelCount = 21, TrailCount = 28;

    private static readonly Lazy<(Dictionary<int, string> Forms, Dictionary<int, byte> Classes)> Table = new(ReadTable);

    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        bool space = false;
        if (Ascii.IsValid(text))
        {
            foreach (char c in text) Append(char.ToLowerInvariant(c));
            return folded.ToString();
        }

        var (forms, classes) = Table.Value;
        foreach (var rune in text.EnumerateRunes())   // a lone surrogate is the replacement character
        {
            if (forms.TryGetValue(rune.Value, out string? form))
            {
                foreach (char c in form) Append(c);
            }
            else if ((uint)(rune.Value - HangulFirst) < HangulCount)
            {
                // Unicode standard, section 3.12
                int at = rune.Value - HangulFirst, trail = at % TrailCount;
                Append((char)(Leads + (at / (VowelCount * TrailCount))));
                Append((char)(Vowels + (at / TrailCount % VowelCount)));
                if (trail > 0) Append((char)(Trails + trail));
            }
            else if (rune.IsBmp)
            {
                Append((char)rune.Value);
            }
            else
            {
                space = Space(space, folded);
                folded.Append(rune.ToString());
            }
        }

        return Ordered(folded.ToString(), classes);

        void Append(char c)
        {
            if (char.IsWhiteSpace(c))
            {
                space = true;
                return;
            }

            space = Space(space, folded);
            folded.Append(c);
        }
    }

    private static bool Space(bool before, StringBuilder folded)
    {
        if (before && folded.Length > 0) folded.Append(' ');
        return false;
    }

    /// <summary>Marks of one letter in the order of their classes, those of one class as they stand.</summary>
    private static string Ordered(string text, Dictionary<int, byte> classes)
    {
        Rune[]? runes = null;
        int marks = 0;
        foreach (var rune in text.EnumerateRunes()) marks += classes.ContainsKey(rune.Value) ? 1 : 0;
        if (marks < 2) return text;
        runes = [.. text.EnumerateRunes()];
        for (int from = 0; from < runes.Length; from++)
        {
            int to = from;
            while (to < runes.Length && classes.ContainsKey(runes[to].Value)) to++;
            if (to - from < 2) continue;
            Rune[] sorted = [.. runes[from..to].OrderBy(r => classes[r.Value])];   // stable
            sorted.CopyTo(runes, from);
            from = to;
        }

        var ordered = new StringBuilder(text.Length);
        foreach (var rune in runes) ordered.Append(rune.ToString());
        return ordered.ToString();
    }

    private static (Dictionary<int, string>, Dictionary<int, byte>) ReadTable()
    {
        var forms = new Dictionary<int, string>();
        var classes = new Dictionary<int, byte>();
        using var reader = new StreamReader(typeof(TextFold).Assembly.GetManifestResourceStream("Kindred.Learning.Duplicates.folded-forms.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#') continue;
            string[] fields = line.Split(' ');
            int code = Code(fields[0]);
            if (fields is [_, ['=', .. var mark]]) classes[code] = byte.Parse(mark, CultureInfo.InvariantCulture);
            else forms[code] = string.Concat(fields[1..].Select(f => char.ConvertFromUtf32(Code(f))));
        }

        return (forms, classes);
    }

    private static int Code(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
