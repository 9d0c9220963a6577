using System.Globalization;

namespace Kindred.Bench.Ann;

/// <summary>Approximate search beside hnswlib and USearch on the same files: all are built first, then every round gives each its turn at each ef.</summary>
internal static class AnnComparison
{
    public static int Run(Settings settings)
    {
        var data = new DataSet(settings.Text("data", Path.Combine(Places.Repository, "artifacts", "ann")), settings.Text("set", "glove"));
        int m = settings.Number("m", 16), efConstruction = settings.Number("ef-construction", 200), rounds = settings.Number("rounds", 3);
        int[] threads = settings.Numbers("threads", "1"), efs = settings.Numbers("ef", "64,128,256,512");
        string[] wanted = settings.Text("sides", "hnswlib,usearch,kindred,kindred-rabitq,flat").Split(',');
        List<IContender> sides = [];
        try
        {
            foreach (string side in wanted)
            {
                sides.Add(side switch
                {
                    "hnswlib" => new HnswlibPeer(data, m, efConstruction, Environment.ProcessorCount, settings.Text("fresh", "no") == "yes"),
                    "usearch" => new USearchPeer(data, m, efConstruction, Environment.ProcessorCount),
                    "flat" => new KindredFlat(data),
                    "kindred" or "kindred-sq8" or "kindred-rabitq" => new KindredHnsw(data, side, m, efConstruction, Environment.ProcessorCount, settings.Text("fresh", "no") == "yes"),
                    _ => throw new ArgumentException($"--sides {side}: hnswlib, usearch, flat, kindred, kindred-sq8 and kindred-rabitq are known"),
                });
            }

            foreach (int count in threads) Compare(sides, efs, count, rounds);
        }
        finally
        {
            foreach (var side in sides) side.Dispose();
        }

        return 0;
    }

    private static void Compare(List<IContender> sides, int[] efs, int threads, int rounds)
    {
        var curves = sides.ToDictionary(side => side, _ => new List<(double Recall, double Qps)>());
        Console.WriteLine($"{threads} query thread(s), {rounds} rounds, recall@{DataSet.K}; queries/s are medians");
        Console.WriteLine($"{"",-16}{"ef",6}{"recall",9}{"queries/s",12}{"range",20}{"build s",10}{"bytes/vector",14}");

        // five passes of which nothing is taken down: the compiler has then seen what runs often
        foreach (var side in sides)
            for (int r = 0; r < 5; r++) side.Measure(efs[0], threads);
        foreach (int ef in efs)
        {
            var passes = sides.ToDictionary(side => side, _ => new List<Pass>());
            for (int r = 0; r < rounds; r++)
                foreach (var side in sides.Where(side => Turn(side, ef, efs))) passes[side].Add(side.Measure(ef, threads));
            foreach (var (side, all) in passes.Where(side => side.Value.Count > 0))
            {
                double qps = Statistics.Median(all.Select(p => p.QueriesPerSecond)), recall = Statistics.Median(all.Select(p => p.Recall));
                curves[side].Add((recall, qps));
                string range = string.Create(CultureInfo.InvariantCulture, $"{all.Min(p => p.QueriesPerSecond):F0} to {all.Max(p => p.QueriesPerSecond):F0}");
                string build = all[0].BuildSeconds < 0 ? "loaded" : all[0].BuildSeconds.ToString("F1", CultureInfo.InvariantCulture);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{side.Name,-16}{ef,6}{recall,9:F4}{qps,12:F1}{range,20}{build,10}{all[0].BytesPerVector,14:F1}"));
            }
        }

        foreach (double recall in new[] { 0.90, 0.95, 0.99 })
        {
            double first = At(curves[sides[0]], recall);
            IEnumerable<string> parts = sides.Select(side => At(curves[side], recall) is var qps && double.IsNaN(qps)
                ? $"{side.Name} does not get there"
                : string.Create(CultureInfo.InvariantCulture, $"{side.Name} {qps:F0}/s{(double.IsNaN(first) ? "" : $" = {qps / first:F2} of {sides[0].Name}")}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"at recall {recall:F2}: {string.Join("; ", parts)}"));
        }
    }

    // exact search has no ef: it is measured once
    private static bool Turn(IContender side, int ef, int[] efs) => side is not KindredFlat || ef == efs[0];

    /// <summary>Queries a second at a recall: the best of the points that reach it, and of the lines between a point below it and one above (speed is read off on a logarithmic scale).</summary>
    private static double At(List<(double Recall, double Qps)> curve, double recall)
    {
        double best = double.NaN;
        foreach (var above in curve.Where(p => p.Recall >= recall))
        {
            best = Math.Max(double.IsNaN(best) ? 0 : best, above.Qps);
            foreach (var below in curve.Where(p => p.Recall < recall))
            {
                double share = (recall - below.Recall) / (above.Recall - below.Recall);
                double between = Math.Exp(Math.Log(below.Qps) + (share * (Math.Log(above.Qps) - Math.Log(below.Qps))));
                if (!curve.Exists(p => p.Recall > below.Recall && p.Recall < above.Recall)) best = Math.Max(best, between);
            }
        }

        return best;
    }
}
