using System.Globalization;

namespace Kindred.Cli.Maps;

/// <summary>What is drawn: points in two dimensions, coloured by group.</summary>
internal sealed record MapPicture(string Title, IReadOnlyList<MapGroup> Groups, IReadOnlyList<MapPoint> Points)
{
    /// <summary>More colours than these cannot be told apart; the rarest groups share one.</summary>
    private const int MostGroups = 20;

    private const string Grey = "#8a8f98";

    /// <param name="title">Drawn on top.</param>
    /// <param name="places">Shape [points][2].</param>
    /// <param name="describe">Label, source and text of a point.</param>
    /// <param name="groupOf">The group's name of a point; null or "" for none.</param>
    /// <param name="topicOf">What a page says of a group; null for nothing.</param>
    /// <param name="rowOf">The number that a point has in its file, from 1; null where all rows are drawn.</param>
    public static MapPicture Create(string title, float[][] places, Func<int, (string Label, string Source, string Text)> describe, Func<int, string?> groupOf, Func<string, MapTopic?>? topicOf = null, Func<int, int>? rowOf = null)
    {
        string[] names = [.. Enumerable.Range(0, places.Length).Select(i => groupOf(i) ?? "")];
        string[] ranked = [.. names.GroupBy(n => n, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key)];
        // what there is to say of a group is never left out: it is grey, but stands for itself
        string[] kept = ranked.Length <= MostGroups || topicOf is not null ? ranked : ranked[..(MostGroups - 1)];
        string[] coloured = [.. kept.Take(ranked.Length <= MostGroups ? MostGroups : MostGroups - 1).Order(Comparer<string>.Create(ByNumberThenName))];
        kept = [.. kept.Order(Comparer<string>.Create(ByNumberThenName))];
        var groups = new List<MapGroup>();
        foreach (string name in kept)
        {
            bool none = name.Length == 0 && kept.Length > 1;
            int color = none ? -1 : Array.IndexOf(coloured, name);
            groups.Add(new MapGroup(none ? "(none)" : name, color < 0 ? Grey : Color(color, coloured.Length), topicOf?.Invoke(name), IsOne: !none));
        }

        if (kept.Length < ranked.Length) groups.Add(new MapGroup($"and {ranked.Length - kept.Length} more", Grey, Topic: null, IsOne: false));
        var index = kept.Select((name, g) => (name, g)).ToDictionary(p => p.name, p => p.g, StringComparer.Ordinal);
        var points = new MapPoint[places.Length];
        for (int i = 0; i < points.Length; i++)
        {
            var (label, source, text) = describe(i);
            points[i] = new MapPoint(places[i][0], places[i][1], label, source, text, index.GetValueOrDefault(names[i], groups.Count - 1), rowOf?.Invoke(i) ?? i + 1);
        }

        return new MapPicture(title, groups, points);
    }

    /// <summary>Names that begin with a number by it, then the others: as the clusters are numbered.</summary>
    private static int ByNumberThenName(string a, string b)
    {
        bool first = TryNumber(a, out double x), second = TryNumber(b, out double y);
        int order = first && second ? x.CompareTo(y) : second.CompareTo(first);
        return order != 0 ? order : string.CompareOrdinal(a, b);
    }

    private static bool TryNumber(string name, out double number) => double.TryParse(name.AsSpan(0, name.IndexOf(' ') is var end and > 0 ? end : name.Length), CultureInfo.InvariantCulture, out number);

    /// <summary>Hues spread evenly, neighbours told apart by lightness as well.</summary>
    private static string Color(int index, int count)
    {
        var (r, g, b) = Rgb(count == 1 ? 210 : 360.0 * index / count, 0.65, index % 2 == 0 ? 0.42 : 0.56);
        return $"#{r:x2}{g:x2}{b:x2}";
    }

    private static (byte R, byte G, byte B) Rgb(double hue, double saturation, double lightness)
    {
        double chroma = saturation * Math.Min(lightness, 1 - lightness);
        return (Channel(0), Channel(8), Channel(4));

        byte Channel(int n)
        {
            double k = (n + (hue / 30)) % 12;
            return (byte)Math.Round(255 * (lightness - (chroma * Math.Clamp(Math.Min(k - 3, 9 - k), -1, 1))));
        }
    }
}
