using ScottPlot;

namespace Kindred.Cli.Maps;

/// <summary>The typeface of every picture: without one of our own every text would silently be left out where the machine has no fonts.</summary>
internal static class PlotFont
{
    public const string Face = "DejaVu Sans";

    /// <returns>The file it stands in.</returns>
    public static string Use()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "fonts", "DejaVuSans.ttf");
        if (!File.Exists(file)) throw new FileNotFoundException($"{file} is missing: it is part of the build");
        Fonts.AddFontFile(Face, file);
        Fonts.Default = Face;
        return file;
    }
}
