namespace Kindred.Vectors.Files;

/// <summary>Writes a file beside its place and renames it when it is complete: a reader sees the old file or the new one, never a part.</summary>
internal static class AtomicFile
{
    /// <param name="path">The file to make or replace.</param>
    /// <param name="write">Fills it; may read back what it wrote, for a checksum.</param>
    public static void Write(string path, Action<FileStream> write)
    {
        // a name for each writer: two at once both end with a whole file
        string beside = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(beside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
