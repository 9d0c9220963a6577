using System.CommandLine;
using System.Globalization;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

/// <summary>advise dims: how far vectors can be cut. A cut is fair to vectors trained for it (Kusupati et al. 2022, Matryoshka representations).</summary>
internal static class AdviseDims
{
    private const long SampleFloats = 8_000_000;

    private const int K = 10;

    private static readonly Option<string> Base = AnnOptions.Base();
    private static readonly Option<double> Recall = AnnOptions.Recall();

    public static Command Create()
    {
        var verb = new Command("dims", "Measures what is lost when vectors are cut to their first dimensions and given length 1 again. Example: kindred advise dims --base b.npy --recall 0.9") { Base, Recall, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string path = args.GetRequiredValue(Base);
        double wanted = args.GetValue(Recall);
        var sample = AnnSample.Read(path, SampleFloats, cancel);
        int k = Math.Min(K, sample.Rows.Count);
        int[] sizes = [.. Sizes(sample.Dimensions)];
        List<(int Dims, double Recall)> measured = [];
        await ProgressBar.RunAsync("cutting", progress => Task.Run(
            () =>
            {
                long[][] truth = Nearest(sample, sample.Dimensions, k, cancel);
                foreach (int dims in sizes)
                {
                    progress(measured.Count, sizes.Length, $"{dims} dimensions");
                    long[][] found = dims == sample.Dimensions ? truth : Nearest(sample, dims, k, cancel);
                    measured.Add((dims, truth.Zip(found, (a, b) => a.Intersect(b).Count()).Sum() / (double)(k * truth.Length)));
                }

                return measured;
            },
            cancel));
        int choice = measured.Where(m => m.Recall >= wanted).Min(m => m.Dims);

        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {sample.Total} vectors of {sample.Dimensions} dimensions. Measured: {sample.Rows.Count} of them drawn at random, {sample.Queries.Count} others as queries, k {k}, cosine, exact search."));
        output.Text($"{"dims",6}{"recall",9}{"bytes/vector",14}");
        foreach (var (dims, recall) in measured)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{dims,6}{recall,9:F4}{dims * sizeof(float),14}{(dims == choice ? "  recommended" : "")}"));
            output.Line(json =>
            {
                json.WriteString("choice", $"dims {dims}");
                json.WriteNumber("dims", dims);
                json.WriteNumber("recall", Math.Round(recall, 6));
                json.WriteNumber("bytesPerVector", dims * sizeof(float));
                json.WriteNumber("rows", sample.Rows.Count);
                json.WriteNumber("total", sample.Total);
                json.WriteBoolean("recommended", dims == choice);
            });
        }

        output.Text(choice == sample.Dimensions
            ? string.Create(CultureInfo.InvariantCulture, $"Keep all {choice}: any shorter cut finds less than {wanted} of the neighbours that whole vectors find.")
            : string.Create(CultureInfo.InvariantCulture, $"Cut to {choice}: {measured.First(m => m.Dims == choice).Recall:F3} of the neighbours that whole vectors find, {(double)sample.Dimensions / choice:0.0#} × less memory."));
        return 0;
    }

    /// <summary>The whole length, and halves and three quarters of powers of two below it.</summary>
    private static IEnumerable<int> Sizes(int dimensions)
    {
        var sizes = new SortedSet<int> { dimensions };
        for (int size = 8; size < dimensions; size *= 2)
        {
            sizes.Add(size);
            if (size * 3 / 2 < dimensions) sizes.Add(size * 3 / 2);
        }

        return sizes;
    }

    private static long[][] Nearest(AnnSample sample, int dims, int k, CancellationToken cancel)
    {
        using var flat = new FlatIndex(dims, MetricKind.Cosine);
        for (int i = 0; i < sample.Rows.Count; i++) flat.Add(i, sample.Rows[i].Span[..dims]);
        cancel.ThrowIfCancellationRequested();
        int m = sample.Queries.Count;
        float[] queries = [.. sample.Queries.SelectMany(q => q.Span[..dims].ToArray())];
        var hits = new Neighbor[m * k];
        flat.Search(queries, hits, new int[m], threads: Environment.ProcessorCount);
        return [.. hits.Chunk(k).Select(of => of.Select(h => h.Id).ToArray())];
    }
}
