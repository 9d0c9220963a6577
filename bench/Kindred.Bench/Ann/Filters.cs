using System.Globalization;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Ann;

/// <summary>Recall and speed of the graph when a filter admits a share of the rows, by chance or as one region, beside exact search with the same filter.</summary>
internal static class Filters
{
    public static int Run(Settings settings)
    {
        var data = new DataSet(settings.Text("data", Path.Combine(Places.Repository, "artifacts", "ann")), settings.Text("set", "clustered-100k"));
        var options = new HnswOptions { M = settings.Number("m", 16), EfConstruction = settings.Number("ef-construction", 200) };
        int ef = settings.Number("ef", 96), rounds = settings.Number("rounds", 3);
        float[][] rows = DataSet.Read(data.Base), queries = [.. DataSet.Read(data.Queries).Take(settings.Number("queries", 500))];
        using var flat = Churn.Exact(rows, [.. Enumerable.Range(0, rows.Length).Select(i => (long)i)], data.Metric);
        using var graph = HnswIndex.Build([.. rows.Select(row => new ReadOnlyMemory<float>(row))], metric: data.Metric, options: options);
        int[] chance = [.. Enumerable.Range(0, rows.Length)];
        new Random(1).Shuffle(chance);
        int[] region = [.. Enumerable.Range(0, rows.Length).OrderBy(i => Metric.SquaredL2(rows[i], rows[0]))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(data.Base)}, M {options.M}, efConstruction {options.EfConstruction}, ef {ef}, {queries.Length} queries, one thread, best of {rounds}"));
        Console.WriteLine($"{"share",8}{"which",12}{"recall",9}{"graph q/s",12}{"flat q/s",12}");
        Line("1", "no filter", null);
        foreach (var (which, order) in new[] { ("by chance", chance), ("one region", region) })
        {
            foreach (string share in settings.Text("shares", "0.0001,0.001,0.01,0.05,0.1,0.3,0.6,0.9,1").Split(','))
            {
                var admitted = new IdSet();
                foreach (int i in order.Take((int)Math.Max(DataSet.K, double.Parse(share, CultureInfo.InvariantCulture) * rows.Length))) admitted.Add(i);
                Line(share, which, admitted);
            }
        }

        return 0;

        void Line(string share, string which, IdSet? filter)
        {
            var (found, truth) = (new Neighbor[queries.Length][], new Neighbor[queries.Length][]);
            double graphBest = double.MaxValue, flatBest = double.MaxValue;
            for (int r = 0; r < rounds; r++)
            {
                graphBest = Math.Min(graphBest, Pass(found, (query, hits) => graph.Search(query, hits, ef, filter)));
                if (r == 0) flatBest = Pass(truth, (query, hits) => flat.Search(query, hits, filter));
            }

            double recall = found.Zip(truth, (f, t) => f.Count(hit => hit.Score >= t[^1].Score - 1e-6f) / (double)t.Length).Average();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{share,8}{which,12}{recall,9:F4}{queries.Length / graphBest,12:N0}{queries.Length / flatBest,12:N0}"));
        }

        double Pass(Neighbor[][] results, Func<float[], Neighbor[], int> search)
        {
            for (int q = 0; q < queries.Length; q++) results[q] = new Neighbor[DataSet.K];
            return Statistics.Seconds(() =>
            {
                for (int q = 0; q < queries.Length; q++)
                    if (search(queries[q], results[q]) is var n && n < DataSet.K) results[q] = results[q][..n];
            });
        }
    }
}
