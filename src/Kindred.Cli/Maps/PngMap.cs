using ScottPlot;
using SkiaSharp;

namespace Kindred.Cli.Maps;

/// <summary>Draws a map as a picture whose labels do not cover one another.</summary>
internal static class PngMap
{
    private const int Width = 1600, Height = 1100, Left = 30, Top = 80, Bottom = 40, WidestLegend = 360, LegendSize = 16, LegendMark = 34, NameSize = 20;

    /// <summary>Shifts from a group's middle, nearest first.</summary>
    private static readonly (float X, float Y)[] Around =
        [.. from x in Enumerable.Range(-8, 17) from y in Enumerable.Range(-10, 21) orderby (x * x * 400) + (y * y * 144) select (x * 20f, y * 12f)];

    public static byte[] Draw(MapPicture map)
    {
        PlotFont.Use();
        using var plot = new Plot();
        plot.HideGrid();
        plot.Axes.Frameless();
        bool grouped = map.Groups.Count > 1;
        string[] legend = grouped ? [.. map.Groups.Select(g => PlotText.Fit(g.Name, LegendSize, WidestLegend - LegendMark - 10))] : [];
        int right = grouped ? (int)legend.Max(name => PlotText.Width(name, LegendSize)) + LegendMark + 20 : 30;
        plot.Layout.Fixed(new PixelPadding(Left, right, Bottom, Top));

        var (minX, maxX) = Range(map.Points.Select(p => p.X));
        var (minY, maxY) = Range(map.Points.Select(p => p.Y));
        plot.Axes.SetLimits(minX, maxX, minY, maxY);
        float size = map.Points.Count switch { <= 500 => 11, <= 5000 => 7, _ => 4 };
        for (int g = 0; g < map.Groups.Count; g++)
        {
            var points = map.Points.Where(p => p.Group == g).ToArray();
            if (points.Length == 0) continue;
            var marks = plot.Add.ScatterPoints(points.Select(p => (double)p.X).ToArray(), points.Select(p => (double)p.Y).ToArray(), Color.FromHex(map.Groups[g].Color).WithAlpha(0.8));
            marks.MarkerSize = size;
            marks.MarkerShape = MarkerShape.FilledCircle;
        }

        return PlotFont.Picture(plot, Width, Height, canvas =>
        {
            var taken = new List<SKRect>();
            if (map.Points.Count <= 500) taken.AddRange(map.Points.Select(p => Pixel(p.X, p.Y)).Select(at => new SKRect(at.X - (size / 2), at.Y - (size / 2), at.X + (size / 2), at.Y + (size / 2))));
            if (grouped && map.Groups.Count <= 20) Name(canvas, map, taken, Width - right, Pixel);
            Label(canvas, map, taken, Width - right, size, Pixel);
            PlotText.Draw(canvas, PlotText.Fit(map.Title, 26, Width - Left - right), Left + ((Width - Left - right) / 2f), Top / 2f, 26, SKColors.Black, SKTextAlign.Center);
            for (int g = 0; g < legend.Length; g++)
            {
                float y = Top + ((Height - Top - Bottom) / 2f) + ((g - ((legend.Length - 1) / 2f)) * 26);
                using var paint = new SKPaint { Color = SKColor.Parse(map.Groups[g].Color), IsAntialias = true };
                canvas.DrawCircle(Width - right + 20, y, 6, paint);
                PlotText.Draw(canvas, legend[g], Width - right + LegendMark, y, LegendSize, SKColors.Black, SKTextAlign.Left);
            }
        });

        (float X, float Y) Pixel(double x, double y) => (
            (float)(Left + ((x - minX) / (maxX - minX) * (Width - Left - right))),
            (float)(Top + ((maxY - y) / (maxY - minY) * (Height - Top - Bottom))));
    }

    /// <summary>Each group's name where its middle lies, as large as the picture's second line.</summary>
    private static void Name(SKCanvas canvas, MapPicture map, List<SKRect> taken, float right, Func<double, double, (float X, float Y)> pixel)
    {
        foreach (var (group, g) in map.Groups.Select((group, g) => (group, g)))
        {
            var points = map.Points.Where(p => p.Group == g).ToArray();
            if (points.Length < 3 || !group.IsOne) continue;
            var (left, top) = pixel(Median(points.Select(p => p.X)), Median(points.Select(p => p.Y)));
            string name = PlotText.Fit(group.Name, NameSize, WidestLegend);
            float width = PlotText.Width(name, NameSize) + 12;

            foreach (var (shiftX, shiftY) in Around)
            {
                var box = SKRect.Create(left + shiftX - (width / 2), top + shiftY - 14, width, 28);
                if (box.Left < Left || box.Right > right || !Free(box, taken)) continue;
                taken.Add(box);
                var color = Color.FromHex(group.Color).Darken(0.3);
                PlotText.Draw(canvas, name, box.MidX, box.MidY, NameSize, new SKColor(color.R, color.G, color.B), SKTextAlign.Center, halo: true);
                break;
            }
        }
    }

    /// <summary>The points' own names, as many as find a free place; the outermost first, since they have most room.</summary>
    private static void Label(SKCanvas canvas, MapPicture map, List<SKRect> taken, float right, float size, Func<double, double, (float X, float Y)> pixel)
    {
        const int FontSize = 13, Most = 400, Widest = 340;
        double centerX = Median(map.Points.Select(p => p.X)), centerY = Median(map.Points.Select(p => p.Y));
        int drawn = 0;
        foreach (var point in map.Points.OrderByDescending(p => Math.Pow(p.X - centerX, 2) + Math.Pow(p.Y - centerY, 2)).Take(5000))
        {
            if (point.Label.Length == 0) continue;
            string name = PlotText.Fit(point.Label, FontSize, Widest);
            var (x, y) = pixel(point.X, point.Y);
            float width = PlotText.Width(name, FontSize) + 6;
            SKRect[] sides =
            [
                SKRect.Create(x + size, y - 9, width, 18),
                SKRect.Create(x - size - width, y - 9, width, 18),
                SKRect.Create(x - (width / 2), y - size - 18, width, 18),
                SKRect.Create(x - (width / 2), y + size, width, 18),
            ];
            int side = Array.FindIndex(sides, box => box.Left >= Left && box.Right <= right && Free(box, taken));
            if (side < 0) continue;
            taken.Add(sides[side]);
            PlotText.Draw(canvas, name, sides[side].MidX, sides[side].MidY, FontSize, SKColor.Parse("#30343b"), SKTextAlign.Center, halo: true);
            if (++drawn == Most) break;
        }
    }

    private static bool Free(SKRect box, List<SKRect> taken) => !taken.Exists(t => t.IntersectsWith(box));

    private static double Median(IEnumerable<float> values)
    {
        float[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }

    /// <summary>The span of the values with a margin; never empty.</summary>
    private static (double Min, double Max) Range(IEnumerable<float> values)
    {
        float[] all = [.. values];
        double min = all.Min(), max = all.Max(), margin = max > min ? 0.05 * (max - min) : 1;
        return (min - margin, max + margin);
    }
}
