using ScottPlot;
using SkiaSharp;

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

    /// <summary>The plot as a .png, and what is drawn on it.</summary>
    public static byte[] Picture(Plot plot, int width, int height, Action<SKCanvas> draw) => Picture(width, height, canvas =>
    {
        plot.Render(canvas, width, height);
        draw(canvas);
    });

    /// <summary>What is drawn, as a .png.</summary>
    public static byte[] Picture(int width, int height, Action<SKCanvas> draw)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        surface.Canvas.Clear(SKColors.White);
        draw(surface.Canvas);
        using var picture = surface.Snapshot();
        using var data = picture.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
