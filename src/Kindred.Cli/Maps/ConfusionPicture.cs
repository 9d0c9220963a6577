using System.Globalization;
using Kindred.Learning.Classification;
using SkiaSharp;

namespace Kindred.Cli.Maps;

/// <summary>Draws which labels are taken for which: a row a true label, a column a given one, darker where there are more of the row.</summary>
internal static class ConfusionPicture
{
    private const int Most = 30, Side = 1300, Top = 70, Rim = 30, TitleSize = 22, AxisSize = 18, WidestName = 260, Slope = 55;

    public static byte[] Draw(string title, ClassificationReport report)
    {
        int[] shown = Choose(report.Confusion);
        int n = shown.Length;
        float size = n > 20 ? 13 : 16;
        string[] names = [.. shown.Select(c => PlotText.Fit(report.Labels[c], size, WidestName))];
        float widest = names.Max(name => PlotText.Width(name, size));
        bool level = n <= 4;
        float left = widest + AxisSize + 50, bottom = (level ? size + 10 : (float)Math.Sin(Slope * Math.PI / 180) * widest) + AxisSize + 50;
        float cell = Math.Min((Side - left - Rim) / n, (Side - Top - bottom) / n), right = left + (n * cell), down = Top + (n * cell);
        return PlotFont.Picture((int)(right + Rim), (int)(down + bottom), canvas =>
        {
            string cut = n < report.Labels.Count ? $"; the {n} of {report.Labels.Count} labels most taken for each other" : "";
            PlotText.Draw(canvas, PlotText.Fit(title + cut, TitleSize, right), (right + Rim) / 2, Top / 2f, TitleSize, SKColors.Black, SKTextAlign.Center);
            PlotText.Draw(canvas, "label given", left + (n * cell / 2), down + bottom - AxisSize, AxisSize, SKColors.Black, SKTextAlign.Center);
            Turned(canvas, "true label", AxisSize + 4, Top + (n * cell / 2), AxisSize, -90, SKTextAlign.Center);
            using var grid = new SKPaint { Color = SKColor.Parse("#e3e5e8"), IsStroke = true };
            for (int y = 0; y < n; y++)
            {
                float middle = Top + ((y + 0.5f) * cell), across = left + ((y + 0.5f) * cell);
                PlotText.Draw(canvas, names[y], left - 10, middle, size, SKColors.Black, SKTextAlign.Right);
                if (level) PlotText.Draw(canvas, names[y], across, down + size, size, SKColors.Black, SKTextAlign.Center);
                else Turned(canvas, names[y], across, down + 8, size, -Slope, SKTextAlign.Right);
                canvas.DrawLine(left, middle, right, middle, grid);
                canvas.DrawLine(across, Top, across, down, grid);
            }

            for (int y = 0; y < n; y++)
            {
                int all = report.Confusion[shown[y]].Sum();
                for (int x = 0; x < n; x++)
                {
                    int count = report.Confusion[shown[y]][shown[x]];
                    if (count == 0) continue;
                    double share = (double)count / all;
                    using var paint = new SKPaint { Color = SKColors.White };
                    var box = SKRect.Create(left + (x * cell), Top + (y * cell), cell, cell);
                    canvas.DrawRect(box, paint);
                    paint.Color = SKColor.Parse(x == y ? "#0072b2" : "#d55e00").WithAlpha((byte)(255 * (0.12 + (0.88 * share))));
                    canvas.DrawRect(box, paint);
                    PlotText.Draw(canvas, count.ToString(CultureInfo.InvariantCulture), box.MidX, box.MidY, Math.Min(18, cell * 0.45f), share > 0.5 ? SKColors.White : SKColors.Black, SKTextAlign.Center);
                }
            }

            using var frame = new SKPaint { Color = SKColors.Black, IsStroke = true };
            canvas.DrawRect(SKRect.Create(left, Top, n * cell, n * cell), frame);
        });
    }

    /// <summary>Of many labels the pairs that are most often taken for each other: a mistake is seen only where both its labels are.</summary>
    public static int[] Choose(IReadOnlyList<IReadOnlyList<int>> confusion)
    {
        int n = confusion.Count;
        if (n <= Most) return [.. Enumerable.Range(0, n)];
        var shown = new HashSet<int>();
        var pairs = from a in Enumerable.Range(0, n) from b in Enumerable.Range(0, a) let times = confusion[a][b] + confusion[b][a] where times > 0 orderby times descending, a, b select (a, b);
        foreach (var (a, b) in pairs)
            if (shown.Count + (shown.Contains(a) ? 0 : 1) + (shown.Contains(b) ? 0 : 1) <= Most) shown.UnionWith([a, b]);

        // where there are few mistakes, those with most rows besides
        foreach (int label in Enumerable.Range(0, n).OrderByDescending(c => confusion[c].Sum()).ThenBy(c => c))
            if (shown.Count < Most) shown.Add(label);
        return [.. shown.Order()];
    }

    private static void Turned(SKCanvas canvas, string text, float x, float y, float size, float degrees, SKTextAlign align)
    {
        canvas.Save();
        canvas.Translate(x, y);
        canvas.RotateDegrees(degrees);
        PlotText.Draw(canvas, text, 0, 0, size, SKColors.Black, align);
        canvas.Restore();
    }
}
