using System.Globalization;
using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

/// <summary>--in: a matrix of vectors.</summary>
internal static class VectorFile
{
    public static bool Names(string file) => Ending(file) is ".npy" or ".fvecs";

    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string file, CancellationToken cancel) => Ending(file) == ".npy" ? NpyFile.Read(file, cancel) : FvecsFile.Read(file, cancel);

    /// <summary>Rows that may hold numbers that are not finite.</summary>
    public static IReadOnlyList<ReadOnlyMemory<float>> ReadUnchecked(string file, CancellationToken cancel) => Ending(file) == ".npy" ? NpyFile.ReadUnchecked(file, cancel) : FvecsFile.ReadUnchecked(file, cancel);

    /// <summary>How a file's name ends, in small letters, and before .gz where that stands last.</summary>
    public static string Ending(string file) => Path.GetExtension(file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file).ToLowerInvariant();

    /// <summary>The rows whose numbers are all finite, and where each stands in the file, from 0; the others are named and counted.</summary>
    public static (List<ReadOnlyMemory<float>> Rows, List<int> Places) ReadUsable(string file, UnusableRows unusable, CancellationToken cancel)
    {
        List<ReadOnlyMemory<float>> rows = [];
        List<int> places = [];
        foreach (var (i, row) in ReadUnchecked(file, cancel).Index())
        {
            if (Metric.IndexOfNonFinite(row.Span) is var at and >= 0)
            {
                unusable.Add(i + 1, $"component {at + 1} is {row.Span[at].ToString(CultureInfo.InvariantCulture)}, where a finite number is wanted");
                continue;
            }

            rows.Add(row);
            places.Add(i);
        }

        unusable.Tell();
        return rows.Count > 0 || unusable.Count == 0 ? (rows, places) : throw new IOException($"{file}: there is no row that can be used");
    }
}
