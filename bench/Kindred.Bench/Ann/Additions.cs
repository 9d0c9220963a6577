using System.Globalization;
using Kindred.Vectors.Indexes;

namespace Kindred.Bench.Ann;

/// <summary>A graph of one half to which the other half is added one by one, beside a graph built of all.</summary>
internal static class Additions
{
    public static int Run(Settings settings)
    {
        var data = new DataSet(settings.Text("data", Path.Combine(Places.Repository, "artifacts", "ann")), settings.Text("set", "clustered-100k"));
        var options = new HnswOptions { M = settings.Number("m", 16), EfConstruction = settings.Number("ef-construction", 200) };
        float[][] rows = [.. DataSet.Read(data.Base).Take(settings.Number("rows", 40_000))], queries = DataSet.Read(data.Queries);
        int half = rows.Length / 2;
        using var exact = Churn.Exact(rows, [.. Enumerable.Range(0, rows.Length).Select(i => (long)i)], data.Metric);
        HnswIndex? built = null, grown = null;
        double all = Statistics.Seconds(() => built = Build(rows));
        double first = Statistics.Seconds(() => grown = Build(rows[..half]));
        double second = Statistics.Seconds(() =>
        {
            for (int i = half; i < rows.Length; i++) grown!.Add(i, rows[i]);
        });
        using var whole = built!;
        using var added = grown!;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(data.Base)}, {rows.Length} rows, M {options.M}, efConstruction {options.EfConstruction}; one thread"));
        Console.WriteLine($"{"ef",6}{"built",9}{"added",9}");
        foreach (int ef in settings.Numbers("ef", "20,48,96"))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ef,6}{Churn.Recall(whole, exact, queries, ef),9:F4}{Churn.Recall(added, exact, queries, ef),9:F4}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all built in {all:F1} s; a half in {first:F1} s, the other added in {second:F1} s"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"no way leads to {whole.CountUnreachable()} of those built and {added.CountUnreachable()} of those added to"));
        return 0;

        HnswIndex Build(float[][] some) => HnswIndex.Build([.. some.Select(row => new ReadOnlyMemory<float>(row))], metric: data.Metric, options: options, threads: 1);
    }
}
