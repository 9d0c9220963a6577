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
        string[] kept = ranked.Length <= MostGroups ? ranked : ranked[..(MostGroups - 1)];
        kept = [.. kept.Order(Comparer<string>.Create(ByNumberThenName))];
        var groups = new List<MapGroup>();
        for (int g = 0; g < kept.Length; g++)
        {
            bool none = kept[g].Length == 0 && kept.Length > 1;
            groups.Add(new MapGroup(none ? "(none)" : kept[g], none ? Grey : Color(g, kept.Length), topicOf?.Invoke(kept[g])));
        }

        if (kept.Length < ranked.Length) groups.Add(new MapGroup($"{ranked.Length - kept.Length} others", Grey));
        var index = kept.Select((name, g) => (name, g)).ToDictionary(p => p.name, p => p.g, StringComparer.Ordinal);
        var points = new MapPoint[places.Length];
        for (int i = 0; i < points.Length; i++)
        {
            var (label, source, text) = describe(i);
            points[i] = new MapPoint(places[i][0], places[i][1], label, source, text, index.GetValueOrDefault(names[i], groups.Count - 1), rowOf?.Invoke(i) ?? i + 1);
        }

        return new MapPicture(title, groups, points);
    }

    private static int ByNumberThenName(string a, string b) =>
        double.TryParse(a, CultureInfo.InvariantCulture, out double x) && double.TryParse(b, CultureInfo.InvariantCulture, out double y)
            ? x.CompareTo(y)
            : string.CompareOrdinal(a, b);

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
