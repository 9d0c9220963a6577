using System.IO.Compression;
using System.IO.Hashing;

namespace Kindred.Vectors.Files;

/// <summary>NumPy's .npz archives: a ZIP of .npy files, stored (np.savez) or deflated (np.savez_compressed). Written: stored.</summary>
public static class NpzFile
{
    private const string Ending = ".npy";

    /// <summary>An array larger than this must not be more than <see cref="MostExpansion"/> times what it takes in the file.</summary>
    private const long AlwaysAllowed = 64L << 20;

    /// <summary>Vectors deflate to a half at best; a hundred times is no data.</summary>
    private const long MostExpansion = 100;

    /// <summary>The names of the arrays, without their ending, in the order of the archive.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is no archive.</exception>
    public static IReadOnlyList<string> Names(string path)
    {
        using var archive = Open(path);
        return [.. Entries(archive, path).Select(e => e.FullName[..^Ending.Length])];
    }

    /// <summary>Reads a matrix. Its size is checked against what the archive can hold before anything is kept, its checksum afterwards.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Which array; null for the only one.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <returns>Shape [n][d]; a one-dimensional array is one row. Every component is finite.</returns>
    /// <exception cref="VectorFileException">There is no such array, or none that is the only one; or names the byte of the array and the field that is wrong.</exception>
    public static IReadOnlyList<ReadOnlyMemory<float>> Read(string path, string? name = null, CancellationToken cancel = default)
    {
        using var archive = Open(path);
        var all = Entries(archive, path);
        var found = name is null ? all : [.. all.Where(e => e.FullName == name + Ending)];
        if (found.Count != 1)
        {
            string names = string.Join(", ", all.Take(10).Select(e => e.FullName[..^Ending.Length]));
            throw new VectorFileException(path, 0, $"{(name is null ? "one array is wanted" : $"one array {name} is wanted")}, there are {found.Count} (in the archive: {(names.Length == 0 ? "none" : names)})");
        }

        var entry = found[0];
        string place = $"{path}/{entry.FullName}";
        CheckExpansion(place, entry.CompressedLength, entry.Length);
        try
        {
            using var stream = new BufferedStream(entry.Open(), 1 << 18);
            var hash = new Crc32();
            var rows = NpyFile.Read(stream, place, entry.Length, hash, cancel);
            if (hash.GetCurrentHashAsUInt32() != entry.Crc32) throw new VectorFileException(place, 0, "checksum differs: the array is damaged");
            return rows;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new VectorFileException(place, 0, $"a damaged archive: {e.Message}");
        }
    }

    /// <summary>Writes matrices, beside the file first and then renamed.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="arrays">By name: each of shape [n, d] with n at least 1, every row of the same length.</param>
    /// <exception cref="ArgumentException">A name is empty, a matrix has no rows, or a row has another length or a component that is not finite.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, IReadOnlyList<ReadOnlyMemory<float>>> arrays)
    {
        foreach (var (name, rows) in arrays)
        {
            if (name.Length == 0) throw new ArgumentException("An array has an empty name.", nameof(arrays));
            if (rows.Count == 0) throw new ArgumentException($"The array {name} has no rows.", nameof(arrays));
        }

        AtomicFile.Write(path, file =>
        {
            using var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
            foreach (var (name, rows) in arrays)
            {
                var entry = archive.CreateEntry(name + Ending, CompressionLevel.NoCompression);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);   // equal matrices make equal files
                using var stream = entry.Open();
                NpyFile.Write(stream, rows, rows[0].Length);
            }
        });
    }

    private static ZipArchive Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read);
        }
        catch (InvalidDataException e)
        {
            file.Dispose();
            throw new VectorFileException(path, 0, $"no archive: {e.Message}");
        }
    }

    private static List<ZipArchiveEntry> Entries(ZipArchive archive, string path)
    {
        try
        {
            return [.. archive.Entries.Where(e => e.FullName.EndsWith(Ending, StringComparison.Ordinal))];
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new VectorFileException(path, 0, $"a damaged archive: {e.Message}");
        }
    }

    /// <summary>Refuses packed bytes that become too many.</summary>
    /// <exception cref="VectorFileException">They would.</exception>
    internal static void CheckExpansion(string path, long packed, long unpacked)
    {
        if (unpacked > AlwaysAllowed && unpacked / MostExpansion > packed) throw new VectorFileException(path, 0, $"{packed} bytes that are to become {unpacked}");
    }
}
