using System.Globalization;
using Kindred.Learning.Classification;
using ScottPlot;

namespace Kindred.Cli.Maps;

/// <summary>Draws which labels are taken for which: a row a true label, a column a given one, darker where there are more of the row.</summary>
internal static class ConfusionPicture
{
    private const int Most = 40, Side = 1300;

    public static byte[] Draw(string title, ClassificationReport report)
    {
        // of many labels those with the most mistakes
        int[] shown = [.. Enumerable.Range(0, report.Labels.Count).OrderByDescending(c => report.Confusion[c].Sum() - report.Confusion[c][c]).Take(Most).Order()];
        int n = shown.Length;
        PlotFont.Use();
        using var plot = new Plot();
        plot.Font.Set(PlotFont.Face);
        plot.Title(n < report.Labels.Count ? $"{title}; the {n} labels with most mistakes" : title, 22);
        plot.XLabel("label given", 18);
        plot.YLabel("true label", 18);
        for (int y = 0; y < n; y++)
        {
            int all = report.Confusion[shown[y]].Sum();
            for (int x = 0; x < n; x++)
            {
                int count = report.Confusion[shown[y]][shown[x]];
                if (count == 0) continue;
                double share = (double)count / all;
                var cell = plot.Add.Rectangle(x - 0.5, x + 0.5, n - 1 - y - 0.5, n - 1 - y + 0.5);
                cell.FillColor = Color.FromHex(x == y ? "#0072b2" : "#d55e00").WithAlpha(0.12 + (0.88 * share));
                cell.LineWidth = 0;
                if (n > 25) continue;
                var text = plot.Add.Text(count.ToString(CultureInfo.InvariantCulture), x, n - 1 - y);
                text.LabelAlignment = Alignment.MiddleCenter;
                text.LabelFontSize = n > 15 ? 12 : 18;
                text.LabelFontColor = share > 0.5 ? Colors.White : Colors.Black;
            }
        }

        double[] places = [.. Enumerable.Range(0, n).Select(i => (double)i)];
        string[] names = [.. shown.Select(c => report.Labels[c].Length <= 28 ? report.Labels[c] : report.Labels[c][..27] + "…")];
        plot.Axes.Bottom.SetTicks(places, names);
        plot.Axes.Left.SetTicks(places, [.. names.Reverse()]);
        plot.Axes.Bottom.TickLabelStyle.Rotation = n > 4 ? 60 : 0;
        plot.Axes.Bottom.TickLabelStyle.Alignment = n > 4 ? Alignment.MiddleLeft : Alignment.UpperCenter;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = n > 25 ? 11 : 15;
        if (n > 4) plot.Axes.Bottom.MinimumSize = 40 + (6.5f * names.Max(t => t.Length));
        plot.Axes.SetLimits(-0.5, n - 0.5, -0.5, n - 0.5);
        plot.HideGrid();
        return plot.GetImage(Side, Side).GetImageBytes(ImageFormat.Png);
    }
}
