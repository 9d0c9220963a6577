using System.Globalization;
using Kindred.Vectors.Indexes;

namespace Kindred.Bench.Ann;

/// <summary>Time per query of the graph on ever more of the same rows, beside exact search, with a picture.</summary>
internal static class Growth
{
    public static int Run(Settings settings)
    {
        var data = new DataSet(settings.Text("data", Path.Combine(Places.Repository, "artifacts", "ann")), settings.Text("set", "clustered-1m"));
        int ef = settings.Number("ef", 100), rounds = settings.Number("rounds", 3);
        float[][] rows = DataSet.Read(data.Base), queries = DataSet.Read(data.Queries);
        int[] sizes = settings.Numbers("sizes", "10000,31623,100000,316228,1000000");
        var points = new List<(int N, double Graph, double Flat)>();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(data.Base)}, ef {ef}, one thread, median of {rounds}"));
        Console.WriteLine($"{"vectors",10}{"recall",9}{"graph µs",10}{"flat µs",10}{"build s",9}");
        foreach (int n in sizes.Where(n => n <= rows.Length))
        {
            float[][] part = rows[..n];
            using var flat = Churn.Exact(part, [.. Enumerable.Range(0, n).Select(i => (long)i)], data.Metric);
            HnswIndex? built = null;
            double build = Statistics.Seconds(() => built = HnswIndex.Build([.. part.Select(row => new ReadOnlyMemory<float>(row))], metric: data.Metric));
            using var graph = built!;
            double recall = Churn.Recall(graph, flat, queries, ef);
            var hits = new Neighbor[DataSet.K];
            double Time(Action<float[]> search, int most) => Statistics.Median(Enumerable.Range(0, rounds).Select(_ => Statistics.Seconds(() =>
            {
                foreach (float[] query in queries.Take(most)) search(query);
            }) / Math.Min(most, queries.Length))) * 1e6;
            points.Add((n, Time(query => graph.Search(query, hits, ef), int.MaxValue), Time(query => flat.Search(query, hits), 50)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{n,10}{recall,9:F4}{points[^1].Graph,10:F1}{points[^1].Flat,10:F1}{build,9:F1}"));
        }

        if (settings.Text("out", "") is { Length: > 0 } file) Draw(points, file);
        return 0;
    }

    private static void Draw(List<(int N, double Graph, double Flat)> points, string file)
    {
        using var plot = new ScottPlot.Plot();
        double[] x = [.. points.Select(p => Math.Log10(p.N))];
        Line("HnswIndex", [.. points.Select(p => Math.Log10(p.Graph))]);
        Line("FlatIndex", [.. points.Select(p => Math.Log10(p.Flat))]);

        // the straight line in log n through the first and the last point
        var (a, b) = (points[0], points[^1]);
        double slope = (b.Graph - a.Graph) / (Math.Log(b.N) - Math.Log(a.N));
        double[] at = [.. Enumerable.Range(0, 41).Select(i => x[0] + (i * (x[^1] - x[0]) / 40))];
        var law = plot.Add.ScatterLine(at, [.. at.Select(l => Math.Log10(a.Graph + (slope * ((l * Math.Log(10)) - Math.Log(a.N)))))]);
        law.LegendText = "a + b · log n";
        law.LinePattern = ScottPlot.LinePattern.Dashed;
        plot.Axes.Bottom.TickGenerator = Decades();
        plot.Axes.Left.TickGenerator = Decades();
        plot.XLabel("vectors");
        plot.YLabel("microseconds a query");
        plot.ShowLegend(ScottPlot.Alignment.UpperLeft);
        plot.SavePng(file, 900, 560);

        void Line(string name, double[] y)
        {
            var line = plot.Add.Scatter(x, y);
            (line.LegendText, line.LineWidth, line.MarkerSize) = (name, 2, 8);
        }

        static ScottPlot.TickGenerators.NumericManual Decades() =>
            new([.. Enumerable.Range(0, 8).Select(d => new ScottPlot.Tick(d, Math.Pow(10, d).ToString("N0", CultureInfo.InvariantCulture)))]);
    }
}
