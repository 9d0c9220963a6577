using System.Globalization;
using Kindred.Cli.Verbs;
using ScottPlot;
using SkiaSharp;

namespace Kindred.Cli.Maps;

/// <summary>Draws scores row by row, what is above the threshold in red.</summary>
internal static class ScorePicture
{
    private const int Width = 1600, Height = 700;

    /// <summary>Scores this many times as far above the threshold as the threshold is above the middle score are drawn at the top.</summary>
    private const double Reach = 6;

    /// <summary>Signs of a day, such as 2015-01-29.</summary>
    private const int DayLength = 10;

    /// <param name="title">Drawn on top.</param>
    /// <param name="rows">What was scored, in order.</param>
    /// <param name="threshold">Drawn as a line.</param>
    public static byte[] Draw(string title, IReadOnlyList<ScoredRow> rows, double threshold)
    {
        PlotFont.Use();
        using var plot = new Plot();
        plot.Font.Set(PlotFont.Face);
        plot.Axes.Top.MinimumSize = 48;
        plot.YLabel("score", 18);

        // stretches, so that what is odd is seen even where its scores are low
        for (int from = 0, to; from < rows.Count; from = to + 1)
        {
            for (to = from; to < rows.Count && rows[to].Anomaly.IsAnomaly; to++)
            {
            }

            if (to > from + 1) plot.Add.HorizontalSpan(rows[from].Row - 0.5, rows[to - 1].Row + 0.5, Color.FromHex("#d55e00").WithAlpha(0.15));
        }

        // one score a million times as large as the threshold would lay all others flat
        double middle = rows.Select(r => r.Anomaly.Score).Order().ElementAt(rows.Count / 2), top = threshold > middle ? threshold + (Reach * (threshold - middle)) : double.PositiveInfinity;
        var line = plot.Add.Scatter(rows.Select(r => (double)r.Row).ToArray(), rows.Select(r => Math.Min(r.Anomaly.Score, top)).ToArray(), Color.FromHex("#0072b2"));
        bool series = DetectSeries.Time(rows[0].Text) is not null;
        (line.LineWidth, line.MarkerSize) = series ? (1.5f, 0) : (0, 5);
        Mark(r => r.Anomaly.Score > threshold && r.Anomaly.Score <= top, MarkerShape.FilledCircle, series ? 4 : 8, "anomalies");
        Mark(r => r.Anomaly.Score > top, MarkerShape.FilledTriangleUp, 12, "anomalies beyond the scale");

        var limit = plot.Add.HorizontalLine(threshold, 1.5f, Color.FromHex("#8a8f98"), LinePattern.Dashed);
        limit.LegendText = "threshold";
        plot.Axes.Left.TickLabelStyle.FontSize = plot.Axes.Bottom.TickLabelStyle.FontSize = 16;
        plot.Grid.MajorLineColor = Color.FromHex("#e3e5e8");

        // a row's number says little where its time is known
        var times = series ? rows.DistinctBy(r => r.Row).ToDictionary(r => r.Row, r => Shown(r.Text, from: Day(rows[0].Text) == Day(rows[^1].Text) && rows[0].Text.Length > DayLength ? DayLength : 0)) : [];
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
        {
            IntegerTicksOnly = true,
            LabelFormatter = at => string.Create(CultureInfo.InvariantCulture, $"{at:N0}{(times.TryGetValue((long)at, out string? time) ? "\n" + time : "")}"),
        };
        plot.XLabel(series ? "row and its time" : "row", 18);
        plot.Axes.SetLimitsX(rows[0].Row - 0.5 - (0.01 * rows.Count), rows[^1].Row + 0.5 + (0.01 * rows.Count));

        // beside the picture, since any corner of it may hold the highest score
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.TightHorizontalWrapping = true;
        plot.Legend.SymbolWidth = 36;
        plot.Legend.FontSize = 16;
        plot.Legend.OutlineColor = Color.FromHex("#c0c4ca");
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.ShowLegend(Edge.Bottom);
        return PlotFont.Picture(plot, Width, Height, canvas => PlotText.Draw(canvas, PlotText.Fit(title, 22, Width - 40), Width / 2f, 24, 22, SKColors.Black, SKTextAlign.Center));

        void Mark(Func<ScoredRow, bool> which, MarkerShape shape, float size, string name)
        {
            var odd = rows.Where(which).ToArray();
            if (odd.Length == 0) return;
            var marks = plot.Add.ScatterPoints(odd.Select(r => (double)r.Row).ToArray(), odd.Select(r => Math.Min(r.Anomaly.Score, top)).ToArray(), Color.FromHex("#d55e00"));
            (marks.MarkerShape, marks.MarkerSize, marks.LegendText) = (shape, size, name);
        }
    }

    private static string Day(string time) => Shown(time, from: 0);

    private static string Shown(string time, int from) => time.Length <= from ? time : time.AsSpan(from, Math.Min(DayLength, time.Length - from)).Trim("T ").ToString();
}
