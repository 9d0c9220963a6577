using Kindred.Vectors.Files;

namespace Kindred.Cli.Verbs;

/// <summary>Rows drawn at random from a file of vectors, always the same ones; a large .fvecs file is not read as a whole.</summary>
/// <param name="Total">How many rows the file has.</param>
/// <param name="Rows">The vectors to search.</param>
/// <param name="Queries">The vectors to search for, none of them among the rows.</param>
internal sealed record AnnSample(long Total, IReadOnlyList<ReadOnlyMemory<float>> Rows, IReadOnlyList<ReadOnlyMemory<float>> Queries)
{
    private const int MostQueries = 200;

    private const int Seed = 1;

    public int Dimensions => Queries[0].Length;

    /// <param name="path">The file.</param>
    /// <param name="mostFloats">Components that the rows may have together.</param>
    /// <param name="cancel">Stops the reading.</param>
    public static AnnSample Read(string path, long mostFloats, CancellationToken cancel)
    {
        bool fvecs = Path.GetExtension(path).Equals(".fvecs", StringComparison.OrdinalIgnoreCase);
        if (!VectorFile.Names(path)) throw new ArgumentException($"{path}: a file of vectors is wanted, .fvecs or .npy");
        var all = fvecs ? null : VectorFile.Read(path, cancel);
        var (total, dimensions) = fvecs ? FvecsFile.Measure(path) : (all!.Count, all.Count > 0 ? all[0].Length : 0);
        if (total < 2) throw new ArgumentException($"{path}: {(total == 0 ? "there is no vector" : "there is one vector alone")}; some are searched and others searched for, so 2 are the least");
        int queries = (int)Math.Clamp(total / 10, 1, MostQueries), rows = (int)Math.Min(total - queries, Math.Max(mostFloats / dimensions, 16));
        var drawn = new SortedSet<long>();
        var random = new Random(Seed);
        if (rows + queries == total)
            for (long i = 0; i < total; i++) drawn.Add(i);
        else
            while (drawn.Count < rows + queries) drawn.Add(random.NextInt64(total));

        var sample = new List<ReadOnlyMemory<float>>();
        foreach (long row in drawn)
        {
            cancel.ThrowIfCancellationRequested();
            sample.Add(all is null ? FvecsFile.Read(path, row, 1, cancel)[0] : all[(int)row]);
        }

        // the file may be in an order: rows and queries are drawn from all of it
        for (int i = sample.Count - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (sample[i], sample[j]) = (sample[j], sample[i]);
        }

        return new AnnSample(total, sample[queries..], sample[..queries]);
    }
}
