using Kindred.Cli.Verbs;
using ScottPlot;

namespace Kindred.Cli.Maps;

/// <summary>Draws scores row by row, what is above the threshold in red.</summary>
internal static class ScorePicture
{
    private const int Width = 1600, Height = 700;

    /// <param name="title">Drawn on top.</param>
    /// <param name="rows">What was scored, in order.</param>
    /// <param name="threshold">Drawn as a line.</param>
    public static byte[] Draw(string title, IReadOnlyList<ScoredRow> rows, double threshold)
    {
        PlotFont.Use();
        using var plot = new Plot();
        plot.Font.Set(PlotFont.Face);
        plot.Title(title, 22);
        plot.XLabel("row", 18);
        plot.YLabel("score", 18);

        // stretches, so that what is odd is seen even where its scores are low
        for (int from = 0, to; from < rows.Count; from = to + 1)
        {
            for (to = from; to < rows.Count && rows[to].Anomaly.IsAnomaly; to++)
            {
            }

            if (to > from + 1) plot.Add.HorizontalSpan(rows[from].Row - 0.5, rows[to - 1].Row + 0.5, Color.FromHex("#d55e00").WithAlpha(0.15));
        }

        var line = plot.Add.Scatter(rows.Select(r => (double)r.Row).ToArray(), rows.Select(r => r.Anomaly.Score).ToArray(), Color.FromHex("#0072b2"));
        bool series = rows.Any(r => r.Text.Length > 0);
        (line.LineWidth, line.MarkerSize) = series ? (1.5f, 0) : (0, 5);
        var odd = rows.Where(r => r.Anomaly.Score > threshold).ToArray();
        if (odd.Length > 0)
        {
            var marks = plot.Add.ScatterPoints(odd.Select(r => (double)r.Row).ToArray(), odd.Select(r => r.Anomaly.Score).ToArray(), Color.FromHex("#d55e00"));
            marks.MarkerSize = series ? 4 : 8;
            marks.LegendText = "anomalies";
        }

        var limit = plot.Add.HorizontalLine(threshold, 1.5f, Color.FromHex("#8a8f98"), LinePattern.Dashed);
        limit.LegendText = "threshold";
        plot.Axes.Left.TickLabelStyle.FontSize = plot.Axes.Bottom.TickLabelStyle.FontSize = 16;
        plot.Grid.MajorLineColor = Color.FromHex("#e3e5e8");
        plot.Legend.FontSize = 16;
        plot.Legend.OutlineColor = Color.FromHex("#c0c4ca");
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.ShowLegend(Alignment.UpperRight);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }
}
