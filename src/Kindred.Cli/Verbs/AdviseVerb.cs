using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Cli.Maps;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

internal static class AdviseVerb
{
    /// <summary>Components of the sample for each second there is, at most: on two cores that nobody else uses, all choices are built and searched in about that time.</summary>
    private const long FloatsPerSecond = 100_000;

    /// <summary>The first sample's share of the second.</summary>
    private const int Part = 8;

    /// <summary>A first sample of fewer rows says nothing about growth.</summary>
    private const int FewestRows = 500;

    /// <summary>A choice that is faster by less than this is not worth a slower build and more memory.</summary>
    private const double Worthwhile = 1.25;

    /// <summary>A choice is measured up to this recall, so that its line is seen where it gets steep.</summary>
    private const double Enough = 0.99;

    /// <summary>No choice is begun after so many times the seconds.</summary>
    private const double Late = 1.5;

    private static readonly Option<string> Base = AnnOptions.Base();
    private static readonly Option<double> Recall = AnnOptions.Recall();
    private static readonly Option<string> MetricName = AnnOptions.Metric();
    private static readonly Option<int?> Seconds = new("--seconds") { Description = "About how long to measure: 60 when left out. More time, larger sample.", CustomParser = result => Usage.Number(result, 1, 86_400) };
    private static readonly Option<double?> Memory = new("--memory")
    {
        Description = "What the index of all your vectors may take: a size such as 2GB, or a plain number for bytes a vector.",
        CustomParser = result => AnnOptions.Bytes(result, out bool plain) * (plain ? -1 : 1),
    };
    private static readonly Option<string?> Out = new("--out") { Description = "Draws recall against queries a second as F.png." };

    public static Command Create()
    {
        Out.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && !Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase)) result.AddError($"--out {path}: the name must end in .png");
        });
        var verb = new Command("advise", "Measures a sample of your vectors on this machine and recommends an index. Example: kindred advise --base b.fvecs --recall 0.95 --out trade-off.png")
        {
            Base, Recall, Memory, MetricName, Seconds, Out, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        verb.Add(AdviseDims.Create());
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string path = args.GetRequiredValue(Base);
        string? picture = args.GetValue(Out);
        if (picture is not null) Usage.CheckWritable(picture);
        double recall = args.GetValue(Recall);
        int seconds = args.GetValue(Seconds) ?? 60;
        var metric = AnnOptions.Kind(args.GetValue(MetricName)!);
        var sample = AnnSample.Read(path, seconds * FloatsPerSecond, cancel);
        var (small, all) = await ProgressBar.RunAsync("measuring", progress => Task.Run(() => Measure(sample, metric, recall, seconds, clock, progress, cancel), cancel));
        int whole = all.Count > 0 ? all[0].Rows : sample.Rows.Count;
        double times = small.Count > 0 ? (double)whole / small[0].Rows : 1;
        if (all.Count == 0) throw new ArgumentException($"--seconds {seconds} are too few to measure any index on {whole} vectors of {sample.Dimensions} dimensions: give more");
        string[] left = [.. AnnTrial.Choices.Select(c => AnnOptions.Choice(c.Index, c.Quantizer)).Except(all.Select(p => p.Choice))];
        if (left.Length > 0) await Console.Error.WriteLineAsync($"kindred: not measured for want of time: {string.Join(", ", left)}; --seconds gives more");

        var reaching = AnnTrial.Reaching(all, recall);
        double limit = args.GetValue(Memory) is { } bytes ? bytes < 0 ? -bytes : bytes / sample.Total : double.PositiveInfinity;
        AnnPoint[] fitting = [.. reaching.Where(p => p.BytesPerVector <= limit)];
        var choice = Best(fitting);

        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {sample.Total} vectors of {sample.Dimensions} dimensions. Measured: {whole} of them drawn at random, {sample.Queries.Count} others as queries, k 10, {args.GetValue(MetricName)}, one thread."));
        string heading = small.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"speed at {times:0.#} × as many") : "";
        output.Text($"{"index",-13}{"ef",6}{"recall",9}{"queries/s",12}{"bytes/vector",14}{"build s",10}{heading,25}");
        foreach (string name in all.Select(p => p.Choice).Distinct())
        {
            var point = reaching.Find(p => p.Choice == name) ?? all.Where(p => p.Choice == name).MaxBy(p => p.Recall)!;
            string grown = Growth(point) is { } g ? string.Create(CultureInfo.InvariantCulture, $"× {g:F2}") : "";
            string mark = point == choice ? "  recommended" : point.Recall < recall ? "  too few found" : point.BytesPerVector > limit ? "  too much memory" : "";
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{name,-13}{point.Effort,6}{point.Recall,9:F4}{point.QueriesPerSecond,12:F0}{point.BytesPerVector,14:F1}{point.BuildSeconds,10:F2}{grown,25}{mark}"));
        }

        foreach (var point in all)
        {
            output.Line(json =>
            {
                json.WriteString("choice", point.Choice);
                json.WriteString("index", point.Index);
                json.WriteString("quantizer", point.Quantizer);
                json.WriteNumber("ef", point.Effort);
                json.WriteNumber("recall", Math.Round(point.Recall, 6));
                json.WriteNumber("qps", Math.Round(point.QueriesPerSecond, 2));
                json.WriteNumber("bytesPerVector", Math.Round(point.BytesPerVector, 2));
                json.WriteNumber("buildSeconds", Math.Round(point.BuildSeconds, 4));
                json.WriteNumber("rows", point.Rows);
                json.WriteNumber("total", sample.Total);
                if (Growth(point) is { } g) json.WriteNumber("growth", Math.Round(g, 4));
                else json.WriteNull("growth");
                json.WriteBoolean("recommended", point == choice);
            });
        }

        if (picture is not null)
        {
            Pictures.Write(picture, TradeOffPicture.Draw(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: {whole:N0} of {sample.Total:N0} vectors, {sample.Dimensions} dimensions"), all, recall, choice));
            output.Text($"{picture}: drawn");
        }

        if (choice is null)
        {
            throw new ArgumentException(reaching.Count == 0
                ? string.Create(CultureInfo.InvariantCulture, $"no index that was measured finds {recall} of the neighbours: ask for less, or give more --seconds")
                : string.Create(CultureInfo.InvariantCulture, $"no index that finds {recall} fits into {limit:F0} bytes a vector; the smallest is {reaching.MinBy(p => p.BytesPerVector)!.Choice} with {reaching.Min(p => p.BytesPerVector):F0}"));
        }

        foreach (string line in Reasons(choice, fitting, sample, metric)) output.Text(line);
        return 0;

        // expected at the full number, if each further fold costs what the measured ones did; exact search reads everything
        double Expected(AnnPoint point) =>
            point.QueriesPerSecond * Math.Pow((double)sample.Total / whole, point.Index == "flat" ? -1 : Growth(point) is { } grown ? Math.Log(grown) / Math.Log(times) : 0);
        double? Growth(AnnPoint point) =>
            AnnTrial.SpeedAt(small, point.Choice, recall) is { } then && AnnTrial.SpeedAt(all, point.Choice, recall) is { } now ? Math.Min(1, now / then) : null;

        AnnPoint? Best(AnnPoint[] among)
        {
            var fastest = among.MaxBy(Expected);
            if (fastest is null) return null;

            // what is nearly as fast is better if it takes less memory and is sooner built
            return among.Where(p => Expected(p) * Worthwhile >= Expected(fastest)).OrderBy(p => p.BytesPerVector).ThenBy(p => p.BuildSeconds).First(p => p == fastest || p.BuildSeconds <= fastest.BuildSeconds);
        }
    }

    /// <summary>A part of the sample first: it shows how each choice grows, and how long a larger one takes.</summary>
    private static (List<AnnPoint> Small, List<AnnPoint> All) Measure(AnnSample sample, MetricKind metric, double recall, int seconds, Stopwatch clock, Action<double, double, string> progress, CancellationToken cancel)
    {
        var trial = new AnnTrial(metric, 10, progress);
        int rows = sample.Rows.Count, part = rows / Part;
        List<AnnPoint> small = [];
        if (part >= FewestRows)
        {
            double before = clock.Elapsed.TotalSeconds;
            small = trial.Run([.. sample.Rows.Take(part)], sample.Queries, recall, () => clock.Elapsed.TotalSeconds < seconds, cancel);
            double took = clock.Elapsed.TotalSeconds - before, left = seconds - clock.Elapsed.TotalSeconds;
            rows = (int)Math.Min(rows, part * Math.Max(0, left / took));
            if (rows < 2 * part) return ([], small);
        }

        return (small, trial.Run([.. sample.Rows.Take(rows)], sample.Queries, Math.Max(Enough, recall), () => clock.Elapsed.TotalSeconds < Late * seconds, cancel));
    }

    private static IEnumerable<string> Reasons(AnnPoint choice, AnnPoint[] fitting, AnnSample sample, MetricKind metric)
    {
        string with = choice.Quantizer == "none" ? "" : $" --quantizer {choice.Quantizer}", effort = choice.Effort == 0 ? "" : $" --ef {choice.Effort}";
        yield return string.Create(CultureInfo.InvariantCulture, $"Take {choice.Choice}{(choice.Effort == 0 ? "" : $" with {choice.Index switch { "hnsw" => "ef", "ivf" => "nprobe", _ => "rescore" }} {choice.Effort}")}: {choice.Recall:F3} of the neighbours at {choice.QueriesPerSecond:F0} queries a second; all {sample.Total} vectors would take {AnnOptions.Size(choice.BytesPerVector * sample.Total)}.");
        foreach (var other in fitting.Where(p => p.Index != choice.Index).GroupBy(p => p.Index).Select(g => g.MaxBy(p => p.QueriesPerSecond)!))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Beside {other.Choice} it has {choice.QueriesPerSecond / other.QueriesPerSecond:0.##} × the speed, {choice.BytesPerVector / other.BytesPerVector:0.##} × the memory and {choice.BuildSeconds / Math.Max(other.BuildSeconds, 1e-3):0.##} × the time to build.");
        }

        var lists = fitting.Where(p => p.Index == "ivf").MaxBy(p => p.QueriesPerSecond);
        if (choice.Index == "hnsw" && lists is not null)
            yield return string.Create(CultureInfo.InvariantCulture, $"Take {lists.Choice} (nprobe {lists.Effort}) instead where you build often or memory is short.");
        if (sample.Total > choice.Rows + sample.Queries.Count)
            yield return $"The sample is smaller than the whole: recall at the same effort falls a little as vectors are added, so measure the choice on all of them: kindred bench ann --index {choice.Index}{with}{effort} --metric {AnnOptions.Name(metric)} …";
    }
}
