using System.Globalization;
using Kindred.Cli.Verbs;
using ScottPlot;

namespace Kindred.Cli.Maps;

/// <summary>Draws what recall costs: a line for each choice, up and to the right is better.</summary>
internal static class TradeOffPicture
{
    private const int Width = 1400, Height = 900;

    /// <summary>Told apart by people who see red and green alike too (Okabe &amp; Ito 2008); greys are for the flat index, in the order of the choices.</summary>
    private static readonly string[] Colors = ["#000000", "#4d4d4d", "#808080", "#b0b0b0", "#0072b2", "#56b4e9", "#00c2a8", "#009e73", "#d55e00", "#e69f00", "#cc79a7", "#8c6d00"];

    /// <param name="title">Drawn on top.</param>
    /// <param name="points">What was measured, of one number of rows.</param>
    /// <param name="wanted">The recall that is asked for.</param>
    /// <param name="recommended">Gets a ring; null when there is none.</param>
    public static byte[] Draw(string title, IReadOnlyList<AnnPoint> points, double wanted, AnnPoint? recommended)
    {
        PlotFont.Use();
        using var plot = new Plot();
        plot.Font.Set(PlotFont.Face);
        plot.Title(title, 22);
        plot.XLabel("recall: share of the true neighbours that is found", 18);
        plot.YLabel("queries per second, one thread", 18);
        foreach (var (choice, i) in points.GroupBy(p => p.Choice).Select((choice, i) => (choice, i)))
        {
            AnnPoint[] line = [.. choice.OrderBy(p => p.Recall)];
            var marks = plot.Add.Scatter(line.Select(p => p.Recall).ToArray(), line.Select(p => Math.Log10(p.QueriesPerSecond)).ToArray(), Color.FromHex(Colors[i % Colors.Length]));
            marks.LineWidth = 2.5f;
            marks.MarkerSize = line.Length == 1 ? 14 : 9;
            marks.MarkerShape = line[0].Index switch { "flat" => MarkerShape.FilledDiamond, "hnsw" => MarkerShape.FilledCircle, _ => MarkerShape.FilledSquare };
            marks.LegendText = string.Create(CultureInfo.InvariantCulture, $"{choice.Key}: {line[0].BytesPerVector:F0} bytes a vector");
        }

        var limit = plot.Add.VerticalLine(wanted, 1.5f, ScottPlot.Color.FromHex("#8a8f98"), LinePattern.Dashed);
        limit.LegendText = string.Create(CultureInfo.InvariantCulture, $"wanted: {wanted}");
        if (recommended is not null)
        {
            var ring = plot.Add.Marker(recommended.Recall, Math.Log10(recommended.QueriesPerSecond), MarkerShape.OpenCircle, 26, ScottPlot.Color.FromHex("#d00000"));
            ring.MarkerLineWidth = 3;
            ring.LegendText = "recommended";
        }

        // below, where nobody wants to be, the lines say little
        double left = Math.Max(0, Math.Max(Math.Min(wanted, points.Min(p => p.Recall)), wanted - 0.25));
        double low = Math.Floor(points.Min(p => Math.Log10(p.QueriesPerSecond))), high = Math.Ceiling(points.Max(p => Math.Log10(p.QueriesPerSecond)));
        plot.Axes.SetLimits(left - 0.01, 1.01, low, Math.Max(high, low + 1));
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
        {
            IntegerTicksOnly = true,
            LabelFormatter = power => Math.Pow(10, power).ToString("N0", CultureInfo.InvariantCulture),
            MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        };
        plot.Axes.Left.TickLabelStyle.FontSize = plot.Axes.Bottom.TickLabelStyle.FontSize = 16;
        plot.Grid.MajorLineColor = ScottPlot.Color.FromHex("#e3e5e8");
        plot.Legend.FontSize = 16;
        plot.Legend.OutlineColor = ScottPlot.Color.FromHex("#c0c4ca");
        plot.Legend.ShadowColor = ScottPlot.Colors.Transparent;
        plot.ShowLegend(Edge.Right);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }
}
