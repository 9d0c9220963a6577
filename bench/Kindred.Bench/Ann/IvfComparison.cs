using System.Globalization;

namespace Kindred.Bench.Ann;

/// <summary>
/// The inverted index beside exact search, hnswlib and FAISS, one thread: every round gives each side its turn at each of its efforts. By processor time of the side that
/// works, so that other programs take less from the figures; they still take cache and bandwidth from all.
/// </summary>
internal static class IvfComparison
{
    public static int Run(Settings settings)
    {
        var data = new DataSet(settings.Text("data", Path.Combine(Places.Repository, "artifacts", "ann")), settings.Text("set", "glove"));
        int rounds = settings.Number("rounds", 3);
        int[] efs = settings.Numbers("ef", "100,200"), probes = settings.Numbers("nprobe", "32,64,84"), faissProbes = settings.Numbers("faiss-nprobe", "16,32,40");
        List<(IContender Side, int[] Efforts)> sides = [];
        try
        {
            foreach (string side in settings.Text("sides", "hnswlib,flat,ivf-none,ivf-sq8,ivf-sq4,ivf-rabitq,ivf-pq").Split(','))
            {
                sides.Add(side switch
                {
                    "hnswlib" => (new HnswlibPeer(data, 16, 200, Environment.ProcessorCount, fresh: false), efs),
                    "faiss" => (new FaissPeer(data, settings.Text("factory", "IVF1024,Flat")), faissProbes),
                    "flat" => (new KindredFlat(data), [0]),
                    _ when side.StartsWith("ivf-", StringComparison.Ordinal) => (new KindredIvf(data, side[4..]), probes),
                    _ => throw new ArgumentException($"--sides {side}: hnswlib, faiss, flat and ivf-… are known"),
                });
            }

            var passes = sides.SelectMany(s => s.Efforts.Select(effort => (s.Side, Effort: effort))).ToDictionary(turn => turn, _ => new List<(Pass Pass, double Rate)>());
            for (int r = 0; r <= rounds; r++)
            {
                foreach (var (turn, list) in passes)
                {
                    if (turn.Side is KindredFlat && r > 1) continue;
                    var before = turn.Side.ProcessorTime;
                    var pass = turn.Side.Measure(turn.Effort, 1);
                    double seconds = (turn.Side.ProcessorTime - before).TotalSeconds;
                    if (r > 0) list.Add((pass, data.QueryCount / seconds));   // the first round warms up
                }
            }

            Console.WriteLine($"{"",-20}{"effort",7}{"recall",9}{"queries/s by processor time",29}{"range",16}{"by the clock",14}{"build s",9}{"bytes/vector",14}");
            foreach (var (turn, all) in passes)
            {
                string range = string.Create(CultureInfo.InvariantCulture, $"{all.Min(p => p.Rate):F0} to {all.Max(p => p.Rate):F0}");
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{turn.Side.Name,-20}{turn.Effort,7}{all[0].Pass.Recall,9:F4}{Statistics.Median(all.Select(p => p.Rate)),29:F0}{range,16}{Statistics.Median(all.Select(p => p.Pass.QueriesPerSecond)),14:F0}{all[0].Pass.BuildSeconds,9:F1}{all[0].Pass.BytesPerVector,14:F1}"));
            }
        }
        finally
        {
            foreach (var (side, _) in sides) side.Dispose();
        }

        return 0;
    }
}
