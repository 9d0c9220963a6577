using Kindred.Vectors.Files;

namespace Kindred.Cli.Verbs;

/// <summary>--in: a matrix of vectors.</summary>
internal static class VectorFile
{
    public static bool Names(string file) => Path.GetExtension(file).ToLowerInvariant() is ".npy" or ".fvecs";

    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string file, CancellationToken cancel) =>
        Path.GetExtension(file).Equals(".npy", StringComparison.OrdinalIgnoreCase) ? NpyFile.Read(file, cancel) : FvecsFile.Read(file, cancel);
}
