using Kindred.Words.Corpora;

namespace Kindred.Words.Training;

/// <summary>The co-occurrences of a corpus in a random order, in a temporary file that is read by blocks; by any number of threads.</summary>
/// <param name="file">The pairs; owned.</param>
/// <param name="same">How many are of a word with itself.</param>
internal sealed unsafe class GloveRecords(SpoolFile file, long same) : IDisposable
{
    /// <summary>Pairs of a block.</summary>
    internal const int BlockPairs = 1 << 14;

    /// <summary>Pairs, each once.</summary>
    internal long Pairs { get; } = file.Length / sizeof(GlovePair);

    /// <summary>Entries of the symmetric matrix that are not zero.</summary>
    internal long Entries => (2 * Pairs) - same;

    internal int Blocks => (int)((Pairs + BlockPairs - 1) / BlockPairs);

    /// <summary>Reads a block.</summary>
    /// <param name="block">0 to Blocks - 1.</param>
    /// <param name="pairs">Room for <see cref="BlockPairs"/>.</param>
    /// <returns>What was filled.</returns>
    internal Span<GlovePair> ReadBlock(int block, Span<GlovePair> pairs)
    {
        long first = (long)block * BlockPairs;
        var read = pairs[..(int)Math.Min(BlockPairs, Pairs - first)];
        file.Read(read, first);
        return read;
    }

    public void Dispose() => file.Dispose();
}
