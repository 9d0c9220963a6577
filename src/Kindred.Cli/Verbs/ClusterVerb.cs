using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using Kindred.Learning.Clustering;
using Kindred.Learning.Evaluation;
using Kindred.Learning.Reduction;

namespace Kindred.Cli.Verbs;

internal static class ClusterVerb
{
    /// <summary>HDBSCAN finds no density in more dimensions; UMAP keeps neighbours in this many.</summary>
    private const int DenseDimensions = 5, MostDenseDimensions = 15;

    private static readonly Option<string> Method = new("--method") { Description = "kmeans; hdbscan: clusters of any shape, with noise (-1); agglomerative: by Ward's method.", DefaultValueFactory = _ => "kmeans" };
    private static readonly Option<int> K = new("--k") { Description = "How many clusters, or auto: by silhouette and gap (kmeans, agglomerative).", CustomParser = CountOrAuto };
    private static readonly Option<int> Iterations = new("--iterations") { Description = "Rounds of kmeans at most.", DefaultValueFactory = _ => 300, CustomParser = r => Usage.Number(r, 1, 1_000_000) };
    private static readonly Option<int?> MinSize = new("--min-size") { Description = "Rows of a cluster at least (hdbscan); when left out a hundredth of the rows, 5 to 10.", CustomParser = r => Usage.Number(r, 2, int.MaxValue) };
    private static readonly Option<bool> AssignNoise = new("--assign-noise") { Description = "Give each row that is noise to the cluster of its nearest row (hdbscan)." };
    private static readonly Option<int?> TopicCount = new("--topics") { Description = "Join the clusters of texts that are nearest until N are left.", CustomParser = r => Usage.Number(r, 1, 1_000_000) };
    private static readonly Option<string?> Time = new("--time") { Description = "A column of dates, numbers or names: each topic's share of the texts over time." };
    private static readonly Option<string?> Out = new("--out") { Description = "A picture of the clusters: F.png, or F.html with the topics beside the map." };
    private static readonly Option<string?> Label = new("--label") { Description = "A column of known classes, which the clusters are measured against." };

    public static Option<int> Seed { get; } = new("--seed") { Description = "Of the random choices.", DefaultValueFactory = _ => 1, CustomParser = r => Usage.Number(r, 0, int.MaxValue) };

    /// <summary>A number of clusters; 0 for auto.</summary>
    public static int CountOrAuto(ArgumentResult result) => result.Tokens[^1].Value == "auto" ? 0 : Usage.Number(result, 1, 1_000_000);

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong("kmeans", "hdbscan", "agglomerative");
        Out.Validators.Add(MapVerb.CheckEnding);
        var verb = new Command("cluster", "Groups texts, vectors or rows of numbers that are alike. Example: kindred cluster --in news.tsv --k 4")
        {
            ClusterInput.In, TableFile.TextColumn, Method, K, Iterations, Seed, MinSize, AssignNoise, TopicCount, Label, Time, Out, Encoder.TextModel, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string? path = args.GetValue(Out), time = args.GetValue(Time);
        if (path is not null) Usage.CheckWritable(path);
        var input = await ClusterInput.ReadAsync(args.GetRequiredValue(ClusterInput.In), args.GetValue(TableFile.TextColumn), args.GetValue(Label), time, args.GetValue(Encoder.TextModel), withLayers: args.GetValue(Method) != "hdbscan", cancel);
        if (input.Texts is null && args.GetResult(TopicCount) is not null) throw new ArgumentException($"--topics is of texts; {input.Name} has none");
        var found = Find(args, input, cancel);
        if (args.GetValue(TopicCount) is { } most)
        {
            int[] merged = Topics.Merge(input.Vectors, input.Of(found.Labels), most), all = [.. found.Labels];
            for (int i = 0; i < merged.Length; i++) all[input.Places[i]] = merged[i];
            found = found with { Labels = all, Clusters = merged.Max() + 1 };
        }

        for (int i = 0; i < found.Labels.Count; i++)
        {
            int row = i;
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{row + 1}\t{found.Labels[row]}"));
            output.Line(json =>
            {
                json.WriteNumber("row", row + 1);
                json.WriteNumber("cluster", found.Labels[row]);
                if (found.Probabilities is { } probabilities) json.WriteNumber("probability", probabilities[row]);
            });
        }

        var report = input.Texts is null ? null : ClusterReport.Of(input, input.Of(found.Labels), cancel);
        if (path is not null) await ClusterReport.DrawAsync(input, found.Labels, report, path, args.GetValue(Seed), cancel);
        report?.Print(output);
        var scores = Scores(input, found.Labels, cancel);
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{Output.Count(found.Clusters, "cluster")}, {Output.Count(found.Labels.Count(l => l < 0), "row")} in none; {clock.Elapsed.TotalSeconds:F1} s{string.Concat(scores.Select(s => $"; {s.Name} {s.Value:F3}"))}"));
        output.Line(json =>
        {
            json.WriteNumber("clusters", found.Clusters);
            if (found.Inertia is { } inertia) json.WriteNumber("inertia", inertia);
            else json.WriteNull("inertia");
            json.WriteNumber("iterations", found.Iterations);
            json.WriteNumber("noise", found.Noise);
            json.WriteNumber("unusable", input.Unusable);
            json.WriteNumber("seconds", Math.Round(clock.Elapsed.TotalSeconds, 3));
            foreach (var (name, value) in scores) json.WriteNumber(name, value);
            report?.Write(json);
        });
        return 0;
    }

    private sealed record Found(IReadOnlyList<int> Labels, int Clusters, int Noise, double? Inertia, int Iterations, IReadOnlyList<float>? Probabilities = null);

    private static Found Find(ParseResult args, ClusterInput input, CancellationToken cancel)
    {
        string method = args.GetRequiredValue(Method);
        int seed = args.GetValue(Seed), k = args.GetValue(K);
        var rows = input.Rows;
        if (method == "hdbscan")
        {
            rows = input.Plain;   // smoothed rows would be dense everywhere
            if (k > 0) throw new ArgumentException("--k is of kmeans and agglomerative: hdbscan finds the number of clusters by itself");
            int least = args.GetValue(MinSize) ?? Math.Clamp(rows.Count / 100, 5, 10);
            if (rows[0].Length > MostDenseDimensions) rows = Dense(rows, seed, cancel);
            var dense = Hdbscan.Fit(rows, new HdbscanOptions { MinClusterSize = least, AssignNoise = args.GetValue(AssignNoise) }, null, cancel);
            if (dense.Clusters == 0) Console.Error.WriteLine($"kindred: no part of the {rows.Count} rows is denser than the rest, so all are noise: try a smaller --min-size than {least}, or --method kmeans");
            return Scatter(input, dense.Labels, new Found([], dense.Clusters, dense.Noise, null, 0, dense.Probabilities));
        }

        if (k == 0)
        {
            (k, var tried) = ClusterCount.Choose(input.Plain, seed: seed, cancel: cancel);
            string best = tried.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; the largest silhouette of 2 to {tried[^1].K} is {tried.Max(t => t.Silhouette):F3}");
            Console.Error.WriteLine($"kindred: --k auto: {k}{best}{(k == 1 ? ", no more structure than rows spread evenly have" : "")}");
        }

        if (method == "agglomerative")
        {
            int[] labels = Agglomerative.Fit(rows, cancel: cancel).Cut(Math.Min(k, rows.Count));
            return Scatter(input, labels, new Found([], labels.Max() + 1, 0, null, 0));
        }

        int starts = rows.Count * (double)k * rows[0].Length > 1e9 ? 3 : 10;
        var means = KMeansClustering.Fit(rows, k, new KMeansOptions { Iterations = args.GetValue(Iterations), Seed = seed, Starts = starts }, cancel);
        if (means.Centroids.Count < k) Console.Error.WriteLine($"kindred: {k} clusters were asked for, {(means.Centroids.Count == 1 ? "but all rows are the same" : $"but only {means.Centroids.Count} rows differ")}");
        return Scatter(input, means.Labels, new Found([], means.Centroids.Count, 0, means.Inertia, means.Iterations));
    }

    /// <summary>Rows that are equal must stay so, which UMAP by itself does not promise.</summary>
    private static IReadOnlyList<ReadOnlyMemory<float>> Dense(IReadOnlyList<ReadOnlyMemory<float>> rows, int seed, CancellationToken cancel)
    {
        var place = new Dictionary<string, int>(StringComparer.Ordinal);
        var distinct = new List<ReadOnlyMemory<float>>();
        int[] at = [.. rows.Select(row =>
        {
            string key = new(System.Runtime.InteropServices.MemoryMarshal.Cast<float, char>(row.Span));
            if (place.TryGetValue(key, out int known)) return known;
            distinct.Add(row);
            return place[key] = distinct.Count - 1;
        })];
        float[][] places = Umap.Project(distinct, new UmapOptions { Components = DenseDimensions, MinDistance = 0, Seed = seed }, null, cancel);
        return [.. at.Select(i => new ReadOnlyMemory<float>(places[i]))];
    }

    /// <summary>Labels of all rows of the file: those that could not be used are in no cluster.</summary>
    private static Found Scatter(ClusterInput input, IReadOnlyList<int> labels, Found found)
    {
        int[] all = [.. Enumerable.Repeat(-1, input.Total)];
        for (int i = 0; i < labels.Count; i++) all[input.Places[i]] = labels[i];
        if (found.Probabilities is not { } known) return found with { Labels = all };
        var probabilities = new float[input.Total];
        for (int i = 0; i < labels.Count; i++) probabilities[input.Places[i]] = known[i];
        return found with { Labels = all, Probabilities = probabilities };
    }

    private static (string Name, double Value)[] Scores(ClusterInput input, IReadOnlyList<int> labels, CancellationToken cancel)
    {
        int[] clusters = input.Of(labels);
        var scores = new List<(string, double)>();
        if (input.Classes is { } names)
        {
            var known = names.Distinct().Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
            int[] classes = [.. names.Select(name => known[name])];
            var (homogeneity, completeness, v) = ClusteringScore.VMeasure(classes, clusters);
            scores.AddRange([("vMeasure", v), ("homogeneity", homogeneity), ("completeness", completeness), ("adjustedRand", ClusteringScore.AdjustedRand(classes, clusters))]);
        }

        double silhouette = ClusteringScore.Silhouette(input.Plain, clusters, cancel: cancel);
        if (double.IsFinite(silhouette)) scores.Add(("silhouette", silhouette));
        return [.. scores];
    }
}
