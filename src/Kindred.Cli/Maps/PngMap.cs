using ScottPlot;
using SkiaSharp;

namespace Kindred.Cli.Maps;

/// <summary>Draws a map as a picture whose labels do not cover one another.</summary>
internal static class PngMap
{
    private const int Width = 1600, Height = 1100, Left = 30, Top = 80, Bottom = 40, LegendWidth = 220;

    /// <summary>Shifts from a group's middle, nearest first.</summary>
    private static readonly (float X, float Y)[] Around =
        [.. from x in Enumerable.Range(-8, 17) from y in Enumerable.Range(-10, 21) orderby (x * x * 400) + (y * y * 144) select (x * 20f, y * 12f)];

    public static byte[] Draw(MapPicture map)
    {
        string font = PlotFont.Use();
        using var plot = new Plot();
        plot.Font.Set(PlotFont.Face);
        plot.HideGrid();
        plot.Axes.Frameless();
        plot.Title(map.Title, 26);
        bool grouped = map.Groups.Count > 1;
        int right = grouped ? LegendWidth : 30;
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
            if (grouped) marks.LegendText = map.Groups[g].Name;
        }

        using var typeface = SKTypeface.FromFile(font);
        var taken = new List<SKRect>();
        if (map.Points.Count <= 500) taken.AddRange(map.Points.Select(p => Pixel(p.X, p.Y)).Select(at => new SKRect(at.X - (size / 2), at.Y - (size / 2), at.X + (size / 2), at.Y + (size / 2))));
        if (grouped && map.Groups.Count <= 20) Name(plot, map, typeface, taken, Pixel);
        Label(plot, map, typeface, taken, size, Pixel);
        if (grouped)
        {
            plot.Legend.FontSize = 16;
            plot.Legend.OutlineColor = Colors.Transparent;
            plot.Legend.ShadowColor = Colors.Transparent;
            plot.ShowLegend(Edge.Right);
        }

        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);

        (float X, float Y) Pixel(double x, double y) => (
            (float)(Left + ((x - minX) / (maxX - minX) * (Width - Left - right))),
            (float)(Top + ((maxY - y) / (maxY - minY) * (Height - Top - Bottom))));
    }

    /// <summary>Each group's name where its middle lies, as large as the picture's second line.</summary>
    private static void Name(Plot plot, MapPicture map, SKTypeface typeface, List<SKRect> taken, Func<double, double, (float X, float Y)> pixel)
    {
        using var font = new SKFont(typeface, 20);
        foreach (var (group, g) in map.Groups.Select((group, g) => (group, g)))
        {
            var points = map.Points.Where(p => p.Group == g).ToArray();
            if (points.Length < 3 || !group.IsOne) continue;
            double x = Median(points.Select(p => p.X)), y = Median(points.Select(p => p.Y));
            var (left, top) = pixel(x, y);
            float width = font.MeasureText(group.Name) + 12;

            foreach (var (shiftX, shiftY) in Around)
            {
                var box = SKRect.Create(left + shiftX - (width / 2), top + shiftY - 14, width, 28);
                if (box.Left < Left || !Free(box, taken)) continue;
                taken.Add(box);
                var text = plot.Add.Text(group.Name, x, y);
                (text.OffsetX, text.OffsetY) = (shiftX, shiftY);
                text.LabelFontSize = 20;
                text.LabelFontColor = Color.FromHex(group.Color).Darken(0.3);
                text.LabelAlignment = Alignment.MiddleCenter;
                break;
            }
        }
    }

    /// <summary>The points' own names, as many as find a free place; the outermost first, since they have most room.</summary>
    private static void Label(Plot plot, MapPicture map, SKTypeface typeface, List<SKRect> taken, float size, Func<double, double, (float X, float Y)> pixel)
    {
        const int FontSize = 13, Most = 400;
        using var font = new SKFont(typeface, FontSize);
        double centerX = Median(map.Points.Select(p => p.X)), centerY = Median(map.Points.Select(p => p.Y));
        int drawn = 0;
        foreach (var point in map.Points.OrderByDescending(p => Math.Pow(p.X - centerX, 2) + Math.Pow(p.Y - centerY, 2)).Take(5000))
        {
            string name = point.Label.Length <= 46 ? point.Label : point.Label[..45] + "…";
            if (name.Length == 0) continue;
            var (x, y) = pixel(point.X, point.Y);
            float width = font.MeasureText(name) + 6;
            var sides = new (SKRect Box, float X, float Y, Alignment Alignment)[]
            {
                (SKRect.Create(x + size, y - 9, width, 18), size, 0, Alignment.MiddleLeft),
                (SKRect.Create(x - size - width, y - 9, width, 18), -size, 0, Alignment.MiddleRight),
                (SKRect.Create(x - (width / 2), y - size - 18, width, 18), 0, -size, Alignment.LowerCenter),
                (SKRect.Create(x - (width / 2), y + size, width, 18), 0, size, Alignment.UpperCenter),
            };
            int side = Array.FindIndex(sides, s => s.Box.Left >= Left && s.Box.Right <= Width - (map.Groups.Count > 1 ? LegendWidth : 0) && Free(s.Box, taken));
            if (side < 0) continue;
            taken.Add(sides[side].Box);
            var text = plot.Add.Text(name, point.X, point.Y);
            (text.OffsetX, text.OffsetY) = (sides[side].X, sides[side].Y);
            text.LabelFontSize = FontSize;
            text.LabelFontColor = Color.FromHex("#30343b");
            text.LabelAlignment = sides[side].Alignment;
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
