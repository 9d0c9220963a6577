using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

internal static class BenchVerb
{
    private static readonly Option<string> Base = new("--base") { Description = "The vectors to search: .fvecs or .npy.", Required = true };
    private static readonly Option<string> Queries = new("--queries") { Description = "The vectors to search for: .fvecs or .npy.", Required = true };
    private static readonly Option<string?> Truth = new("--truth") { Description = "The true neighbours of each query, nearest first, as row numbers of the base: .ivecs. Found by exact search when left out." };
    private static readonly Option<string> Index = new("--index") { Description = "flat compares every vector; hnsw walks a graph; ivf looks into the nearest lists.", DefaultValueFactory = _ => "hnsw" };
    private static readonly Option<string> Quantizer = new("--quantizer") { Description = "How the index keeps its vectors.", DefaultValueFactory = _ => "none" };
    private static readonly Option<int?> Threads = new("--threads") { Description = "Threads that build and that search. When left out, all processors build and one thread searches.", CustomParser = result => Usage.Number(result, 1, 1024) };
    private static readonly Option<string?> MetricName = new("--metric") { Description = "cosine, dot or l2. When left out, the one by which the truth file is in order, else l2." };
    private static readonly Option<int?> K = new("-k") { Description = "Neighbours wanted: 10, or as many as the truth file has where it has fewer.", CustomParser = result => Usage.Number(result, 1, 100_000) };
    private static readonly Option<int[]> Ef = new("--ef")
    {
        Description = "Numbers parted by commas: candidates kept by hnsw, lists looked into by ivf, times k hits scored again by flat with a quantiser; one line for each.",
        CustomParser = Numbers,
    };

    public static Command Create()
    {
        Index.AcceptOnlyFromAmong("flat", "hnsw", "ivf");
        Quantizer.AcceptOnlyFromAmong("none", "sq8", "sq4", "pq", "rabitq");
        MetricName.AcceptOnlyFromAmong("cosine", "dot", "l2");
        var ann = new Command("ann", "Measures an index's speed and recall on vectors of yours. Example: kindred bench ann --base b.fvecs --queries q.fvecs --truth t.ivecs --index flat")
        {
            Base, Queries, Truth, Index, Quantizer, Threads, MetricName, K, Ef, Output.Json,
        };
        ann.SetAction((args, cancel) => AnnAsync(args, new Output(args), cancel));
        return new Command("bench", "Measures how fast and how good.") { ann };
    }

    private static async Task<int> AnnAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var (rows, queries) = AnnFiles.Read(args.GetRequiredValue(Base), args.GetRequiredValue(Queries), cancel);
        int[][]? truth = args.GetValue(Truth) is { } file ? AnnFiles.ReadTruth(file, queries.Count, rows.Count, cancel) : null;
        int k = args.GetValue(K) ?? Math.Min(10, truth is null ? 10 : truth[0].Length);
        int wanted = Math.Min(k, rows.Count);
        if (truth is not null && truth[0].Length < wanted) throw new ArgumentException($"{args.GetValue(Truth)} has {truth[0].Length} neighbours for each query; -k is {k}");
        var metric = args.GetValue(MetricName) is { } name ? AnnOptions.Kind(name) : truth is null ? MetricKind.SquaredL2 : AnnRecall.MetricOf(truth, rows, queries);
        truth ??= await ProgressBar.RunAsync("exact search", progress => Task.Run(() => AnnRecall.Truth(rows, queries, metric, wanted, progress, cancel), cancel));
        int? threads = args.GetValue(Threads);
        var settings = new AnnSettings(args.GetRequiredValue(Index), args.GetRequiredValue(Quantizer), metric, threads ?? Environment.ProcessorCount);
        using var contender = await ProgressBar.RunAsync($"building {settings.Index}", progress => Task.Run(() => AnnContender.Build(settings, rows, progress, cancel), cancel));
        int[] efforts = contender.Efforts.Length == 0 ? [0] : args.GetValue(Ef) is { Length: > 0 } own ? own : contender.Efforts;
        var recall = new AnnRecall(rows, queries, metric, truth, wanted);

        output.Text(string.Create(CultureInfo.InvariantCulture, $"{rows.Count} vectors of {rows[0].Length} dimensions, {queries.Count} queries, {AnnOptions.Name(metric)}, {threads ?? 1} thread(s); built in {contender.BuildSeconds:F2} s"));
        output.Text($"{"index",-8}{"quantizer",-11}{"ef",6}{$"recall@{k}",12}{"queries/s",12}{"bytes/vector",14}");
        foreach (int effort in efforts)
        {
            var (hits, qps) = await ProgressBar.RunAsync("searching", progress => Task.Run(() => contender.Measure(queries, k, effort, threads ?? 1, progress, cancel), cancel));
            double share = recall.Of(hits);
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{settings.Index,-8}{settings.Quantizer,-11}{effort,6}{share,12:F4}{qps,12:F1}{contender.BytesPerVector,14:F1}"));
            output.Line(json =>
            {
                json.WriteString("index", settings.Index);
                json.WriteString("quantizer", settings.Quantizer);
                json.WriteNumber("ef", effort);
                json.WriteNumber("recall", Math.Round(share, 6));
                json.WriteNumber("qps", Math.Round(qps, 2));
                json.WriteNumber("buildSeconds", Math.Round(contender.BuildSeconds, 4));
                json.WriteNumber("bytesPerVector", Math.Round(contender.BytesPerVector, 2));
                json.WriteString("metric", AnnOptions.Name(metric));
                json.WriteNumber("k", k);
                json.WriteNumber("threads", threads ?? 1);
            });
        }

        return 0;
    }

    private static int[] Numbers(ArgumentResult result)
    {
        List<int> numbers = [];
        foreach (string part in result.Tokens.SelectMany(t => t.Value.Split(',')))
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 1_000_000) numbers.Add(number);
            else result.AddError($"--ef: \"{part}\" is not a whole number from 1 to 1000000");
        }

        return [.. numbers];
    }
}
