using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Kindred.Cli.Verbs;

internal static class PlanVerb
{
    /// <summary>The part of a machine's memory that vectors may take: the rest is for the system, the program and what is being written.</summary>
    private const double Usable = 0.75;

    private static readonly Option<long> Vectors = new("--vectors") { Description = "How many vectors.", Required = true };
    private static readonly Option<int> Dims = new("--dims") { Description = "Dimensions of each.", Required = true };
    private static readonly Option<double> Recall = new("--recall") { Description = "Share of the ten true neighbours to be found; ways that are not known to reach it are left out.", DefaultValueFactory = _ => 0.95 };
    private static readonly Option<int> Memory = new("--memory") { Description = "Memory of one machine, in GB.", DefaultValueFactory = _ => 64 };
    private static readonly Option<int> Disk = new("--disk") { Description = "Disk of one machine, in GB.", DefaultValueFactory = _ => 2000 };

    public static Command Create()
    {
        Vectors.Validators.Add(result => InRange(result, 1, PlanChoice.MostVectors));
        Dims.Validators.Add(result => InRange(result, 1, PlanChoice.MostDimensions));
        Recall.Validators.Add(result => InRange(result, 0, 1));
        Memory.Validators.Add(result => InRange(result, 1, 1_000_000));
        Disk.Validators.Add(result => InRange(result, 1, 1_000_000_000));
        var verb = new Command("plan", "Says what so many vectors cost: memory, disk, machines, time to build. Example: kindred plan --vectors 10000000 --dims 384")
        {
            Vectors, Dims, Recall, Memory, Disk, Output.Json,
        };
        verb.SetAction(args => Print(args.GetValue(Vectors), args.GetValue(Dims), args.GetValue(Recall), args.GetValue(Memory) * 1e9, args.GetValue(Disk) * 1e9, new Output(args)));
        return verb;
    }

    private static int Print(long vectors, int dimensions, double recall, double memory, double disk, Output output)
    {
        long plain = checked(vectors * dimensions * sizeof(float));
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{vectors:N0} vectors of {dimensions} dimensions: {Size(plain)} of float32. Machines of {Size(memory)} memory and {Size(disk)} disk; recall@10 {recall}."));
        output.Text($"{"choice",-34}{"bytes/vector",13}{"memory",10}{"disk",10}{"machines",10}{"core hours",12}  driver");
        foreach (var choice in PlanChoice.All(vectors, dimensions).Where(c => c.MostRecall >= recall))
        {
            double forMemory = choice.MemoryBytes / (memory * Usable), forDisk = choice.DiskBytes / disk;
            long machines = Math.Max(1, (long)Math.Ceiling(Math.Max(forMemory, forDisk)));
            string driver = forMemory >= forDisk ? "memory" : "disk";
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{choice.Name,-34}{choice.BytesPerVector,13:F1}{Size(choice.MemoryBytes),10}{Size(choice.DiskBytes),10}{machines,10}{choice.BuildCoreHours,12:G3}  {driver}"));
            output.Line(json =>
            {
                json.WriteString("choice", choice.Name);
                json.WriteNumber("bytesPerVector", Math.Round(choice.BytesPerVector, 2));
                json.WriteNumber("memoryBytes", choice.MemoryBytes);
                json.WriteNumber("diskBytes", choice.DiskBytes);
                json.WriteNumber("machines", machines);
                json.WriteNumber("buildCoreHours", choice.BuildCoreHours);
                json.WriteString("costDriver", driver);
                json.WriteNumber("mostRecall", choice.MostRecall);
                json.WriteNumber("float32Bytes", plain);
            });
        }

        output.Text("Vectors may fill three quarters of a machine's memory. Bytes follow from the formats; recall and hours are estimates: `kindred bench ann` measures them.");
        return 0;
    }

    /// <summary>Bytes to read, by powers of a thousand.</summary>
    private static string Size(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        int unit = 0;
        for (; bytes >= 999.95 && unit < units.Length - 1; unit++) bytes /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.#} {units[unit]}");
    }

    private static void InRange(OptionResult result, double least, double most)
    {
        // a value that is no number has its own error, which reading it here would throw
        if (result.Tokens.Count != 1 || !double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)) return;
        if (!(value >= least && value <= most)) result.AddError(string.Create(CultureInfo.InvariantCulture, $"{result.Option.Name} {result.Tokens[0].Value}: {least} to {most}"));
    }
}
