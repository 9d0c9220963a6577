using Microsoft.Data.Sqlite;

namespace Kindred.Store.Storage;

/// <summary>Turns SQLite's error codes (sqlite.org/rescode.html) into errors a user can act on.</summary>
internal static class StoreErrors
{
    private const int SharedMemorySize = 10 | (19 << 8);

    public static StoreException From(SqliteException error, string path, TimeSpan waited) => error.SqliteErrorCode switch
    {
        1 when error.Message.Contains("malformed JSON", StringComparison.Ordinal) => new StoreCorruptException(path, "the fields of a document are no JSON", error),
        1 when error.Message.Contains("no such", StringComparison.Ordinal) => new StoreCorruptException(path, "a table, column or trigger of it is gone", error),
        5 or 6 => new StoreBusyException(path, waited, error),
        8 => new StoreReadOnlyException(path, error),
        10 when error.SqliteExtendedErrorCode == SharedMemorySize || DiskIsFull(path) => new StoreFullException(path, error),
        10 => new StoreException(path, $"the disk under {path} failed while reading or writing (SQLite error {error.SqliteExtendedErrorCode})", error),
        11 => new StoreCorruptException(path, "SQLite finds its pages inconsistent", error),
        13 => new StoreFullException(path, error),
        14 => new StoreException(path, $"{path} cannot be opened: check that its folder exists and may be read and written", error),
        26 => new StoreFormatException(path, $"{path} is no Kindred store: it is not an SQLite file"),
        _ => new StoreException(path, $"{path}: {OneLine(error.Message)}", error),
    };

    private static bool DiskIsFull(string path)
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace < 64 * 1024;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();
}
