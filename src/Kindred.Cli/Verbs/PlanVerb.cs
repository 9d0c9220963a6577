using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

internal static class PlanVerb
{
    /// <summary>Components of the made-up vectors that are measured.</summary>
    private const long SampleFloats = 1_500_000;

    private const int MostRows = 20_000, Queries = 100, K = 10;

    /// <summary>What a vector weighs is seen on fewer rows than how fast it is found.</summary>
    private const int FewestWeighed = 1000;

    /// <summary>No choice is searched after so many seconds; its recall and speed are then left out.</summary>
    private const double MostSeconds = 30;

    private static readonly Option<long> Vectors = new("--vectors") { Description = "How many vectors.", Required = true, CustomParser = result => Usage.Number(result, 1, 1_000_000_000_000) };
    private static readonly Option<int> Dims = new("--dims") { Description = "Their dimensions.", Required = true, CustomParser = result => Usage.Number(result, 1, FlatIndex.MaxDimensions) };
    private static readonly Option<double> Recall = AnnOptions.Recall();
    private static readonly Option<double> Machine = new("--memory-per-machine")
    {
        Description = "What of a machine's memory the index may take: 64GB when left out.",
        DefaultValueFactory = _ => 64e9,
        CustomParser = result => AnnOptions.Bytes(result, out _),
    };

    public static Command Create()
    {
        var verb = new Command("plan", "Tells what memory, disk and machines so many vectors take, from indexes built and weighed here. Example: kindred plan --vectors 100000000 --dims 384") { Vectors, Dims, Recall, Machine, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        long vectors = args.GetValue(Vectors);
        int dims = args.GetValue(Dims);
        double recall = args.GetValue(Recall), machine = args.GetValue(Machine);
        int rows = (int)Math.Clamp(SampleFloats / dims, 64, MostRows);
        var made = Clustered(rows + Queries, dims);
        var clock = Stopwatch.StartNew();
        var points = await ProgressBar.RunAsync("measuring", progress => Task.Run(() => new AnnTrial(MetricKind.Cosine, K, progress).Run(made[Queries..], made[..Queries], recall, () => clock.Elapsed.TotalSeconds < MostSeconds, cancel), cancel));
        var weights = await ProgressBar.RunAsync("weighing", progress => Task.Run(() => AnnTrial.Choices.Select((c, i) => Weigh(c, () => progress(i, AnnTrial.Choices.Count, c.Index))).ToList(), cancel));
        var reaching = AnnTrial.Reaching(points, recall).ToDictionary(p => p.Choice);

        output.Text(string.Create(CultureInfo.InvariantCulture, $"{vectors} vectors of {dims} dimensions; {AnnOptions.Size(machine)} of memory a machine. Bytes a vector are those of indexes built here."));
        output.Text(string.Create(CultureInfo.InvariantCulture, $"Recall and speed (k {K}, one thread) are of {rows} made-up clustered vectors, not of {vectors}: they compare the choices. For your own: kindred advise."));
        output.Text($"{"index",-13}{"memory",12}{"disk",12}{"machines",10}{"recall",9}{"queries/s",11}  what it costs");
        foreach (var weight in weights)
        {
            double memory = weight.Memory(vectors), disk = weight.Disk(vectors);
            long machines = (long)Math.Ceiling(memory / machine);
            var point = reaching.GetValueOrDefault(weight.Choice);
            string speed = point is null ? $"{"–",9}{"–",11}" : string.Create(CultureInfo.InvariantCulture, $"{point.Recall,9:F3}{point.QueriesPerSecond,11:F0}");
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{weight.Choice,-13}{AnnOptions.Size(memory),12}{AnnOptions.Size(disk),12}{machines,10}{speed}  {weight.Driver}"));
            output.Line(json =>
            {
                json.WriteString("choice", weight.Choice);
                json.WriteString("index", weight.Index);
                json.WriteString("quantizer", weight.Quantizer);
                json.WriteNumber("memoryBytes", Math.Round(memory));
                json.WriteNumber("diskBytes", Math.Round(disk));
                json.WriteNumber("machines", machines);
                json.WriteNumber("bytesPerVector", Math.Round(memory / vectors, 2));
                if (point is null)
                {
                    json.WriteNull("recall");
                    json.WriteNull("qps");
                }
                else
                {
                    json.WriteNumber("recall", Math.Round(point.Recall, 6));
                    json.WriteNumber("qps", Math.Round(point.QueriesPerSecond, 2));
                }

                json.WriteNumber("rows", rows);
                json.WriteString("driver", weight.Driver);
            });
        }

        return 0;

        AnnWeight Weigh((string Index, string Quantizer) choice, Action tell)
        {
            cancel.ThrowIfCancellationRequested();
            tell();
            return AnnWeight.Of(choice.Index, choice.Quantizer, [.. made.Skip(Queries).Take(Math.Max(FewestWeighed, rows / 4))], cancel);
        }
    }

    /// <summary>Gaussian clusters, always the same.</summary>
    private static List<ReadOnlyMemory<float>> Clustered(int rows, int dims)
    {
        var random = new Random(1);
        int clusters = Math.Max(4, rows / 200);
        float[][] centres = [.. Enumerable.Range(0, clusters).Select(_ => Gauss(1))];
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            float[] row = Gauss(0.6), centre = centres[(int)(clusters * random.NextDouble() * random.NextDouble())];
            for (int i = 0; i < dims; i++) row[i] += centre[i];
            return (ReadOnlyMemory<float>)row;
        })];

        float[] Gauss(double scale)
        {
            var x = new float[dims];
            for (int i = 0; i < dims; i++) x[i] = (float)(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            return x;
        }
    }
}
