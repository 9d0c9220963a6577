using System.Globalization;
using Kindred.Store.Storage;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Search;

/// <summary>
/// The graph beside a store. It is believed only if the store itself has its header on record, which holds a checksum of the rest: one that was
/// not made from this very store (a copy was restored since) is not. The record is written before the file takes its place and keeps the line
/// of the file it replaces, so that a crash at any moment leaves a file that is on record.
/// </summary>
internal sealed class GraphFile(string store, int dimensions)
{
    private const string Key = "graph";

    private const int HeaderBytes = 64;

    public string Path => store + "-vectors";

    /// <summary>Opens the graph and says from where on it is to be brought up to date; null when there is none to rely on.</summary>
    /// <param name="snapshot">The state of the store that is searched.</param>
    public (HnswIndex Graph, GraphMark Mark)? Open(SqliteConnection snapshot)
    {
        HnswIndex? graph = null;
        try
        {
            if (Recorded(snapshot) is not { } mark) return null;
            graph = HnswIndex.Open(Path);
            graph.Verify();

            // looked at again: another process may have put a newer file there in between
            if (graph.Dimensions == dimensions && graph.Metric == MetricKind.Cosine && Recorded(snapshot) == mark) return (graph, mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // a cache: whatever is wrong with it, the store has the vectors
        }

        graph?.Dispose();
        return null;
    }

    /// <summary>Where in the store's history the file that lies there was made; null when it is not on record.</summary>
    public GraphMark? Recorded(SqliteConnection snapshot)
    {
        if (!File.Exists(Path)) return null;
        string header = Header(Path);
        foreach (string line in Lines(snapshot))
            if (Mark(line, header) is { } mark) return mark;
        return null;
    }

    /// <summary>Writes a graph and puts it on record.</summary>
    /// <returns>False when there is no room or no right to: the next one to open the store makes the graph anew.</returns>
    public bool TrySave(HnswIndex graph, GraphMark mark)
    {
        string made = Path + ".new";
        try
        {
            graph.Save(made);
            Record(string.Create(CultureInfo.InvariantCulture, $"{Header(made)} {mark.Highest} {mark.Removal}"));
            File.Move(made, Path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            return false;
        }
    }

    private void Record(string line)
    {
        using var connection = StoreFile.Open(store, SqliteOpenMode.ReadWrite, queryOnly: false);
        StoreFile.Execute(connection, "BEGIN IMMEDIATE");
        string? replaced = File.Exists(Path) && Header(Path) is var header ? Lines(connection).FirstOrDefault(l => l.StartsWith(header, StringComparison.Ordinal)) : null;
        StoreFile.Record(connection, Key, replaced is null ? line : $"{line}\n{replaced}");
        StoreFile.Execute(connection, "COMMIT");
    }

    private static string[] Lines(SqliteConnection connection) => StoreFile.Fact(connection, Key)?.Split('\n') ?? [];

    private static GraphMark? Mark(string line, string header)
    {
        string[] parts = line.Split(' ');
        return parts.Length == 3 && parts[0] == header
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out long highest) && long.TryParse(parts[2], CultureInfo.InvariantCulture, out long removal)
                ? new GraphMark(highest, removal) : null;
    }

    private static string Header(string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return Convert.ToHexStringLower(header[..file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false)]);
    }
}
