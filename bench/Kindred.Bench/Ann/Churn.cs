using System.Globalization;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Ann;

/// <summary>Recall of a graph after deletions and replacements, beside a graph built afresh of what is left; truth by exact search.</summary>
internal static class Churn
{
    public static int Run(Settings settings)
    {
        var data = new DataSet(settings.Text("data", Path.Combine(Places.Repository, "artifacts", "ann")), settings.Text("set", "clustered-100k"));
        int ef = settings.Number("ef", 100);
        float[][] rows = DataSet.Read(data.Base), queries = DataSet.Read(data.Queries);
        int half = rows.Length / 2;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(data.Base)}, ef {ef}, recall@{DataSet.K}"));
        Console.WriteLine($"{"what",-34}{"left",9}{"recall",9}{"fresh",9}{"difference",12}{"unreachable",13}{"seconds",9}");

        Change("a random half deleted", rows.Length, (index, live) =>
        {
            foreach (int i in Shuffled(rows.Length, 1)[..half]) Remove(index, live, i);
        });
        Change("the half nearest to a row deleted", rows.Length, (index, live) =>
        {
            foreach (int i in Enumerable.Range(0, rows.Length).OrderBy(i => Metric.SquaredL2(rows[i], rows[0])).Take(half).ToArray()) Remove(index, live, i);
        });
        Change("10 rounds of replacing 10 %", half, (index, live) =>
        {
            int next = half;
            for (int round = 0; round < 10; round++)
            {
                int[] old = [.. live];
                foreach (int i in Shuffled(old.Length, round)[..(old.Length / 10)]) Remove(index, live, old[i]);
                for (int added = 0; added < half / 10; added++, next++)
                {
                    index.Add(next, rows[next]);
                    live.Add(next);
                }
            }
        });
        return 0;

        void Change(string what, int start, Action<HnswIndex, SortedSet<int>> change)
        {
            using var index = Build(Enumerable.Range(0, start));
            var live = new SortedSet<int>(Enumerable.Range(0, start));
            double seconds = Statistics.Seconds(() => change(index, live));
            using var exact = Exact([.. live.Select(i => rows[i])], [.. live.Select(i => (long)i)], data.Metric);
            using var fresh = Build(live);
            double after = Recall(index, exact, queries, ef), anew = Recall(fresh, exact, queries, ef);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-34}{live.Count,9}{after,9:F4}{anew,9:F4}{after - anew,12:F4}{index.CountUnreachable(),13}{seconds,9:F1}"));
        }

        static void Remove(HnswIndex index, SortedSet<int> live, int row)
        {
            index.Remove(row);
            live.Remove(row);
        }

        HnswIndex Build(IEnumerable<int> some)
        {
            int[] ids = [.. some];
            return HnswIndex.Build([.. ids.Select(i => new ReadOnlyMemory<float>(rows[i]))], [.. ids.Select(i => (long)i)], data.Metric);
        }
    }

    public static FlatIndex Exact(float[][] rows, long[] ids, MetricKind metric)
    {
        var exact = new FlatIndex(rows[0].Length, metric);
        for (int i = 0; i < rows.Length; i++) exact.Add(ids[i], rows[i]);
        return exact;
    }

    public static double Recall(HnswIndex index, FlatIndex exact, float[][] queries, int ef)
    {
        var truth = new Neighbor[queries.Length * DataSet.K];
        exact.Search([.. queries.SelectMany(query => query)], truth, new int[queries.Length], threads: Environment.ProcessorCount);
        var hits = new Neighbor[DataSet.K];
        long found = 0;
        for (int q = 0; q < queries.Length; q++)
        {
            int n = index.Search(queries[q], hits, ef);
            foreach (var hit in hits[..n])
                if (hit.Score >= truth[((q + 1) * DataSet.K) - 1].Score - 1e-6f || truth.AsSpan(q * DataSet.K, DataSet.K).ToArray().Any(t => t.Id == hit.Id)) found++;
        }

        return found / (double)(queries.Length * DataSet.K);
    }

    private static int[] Shuffled(int count, int seed)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(all);
        return all;
    }
}
