using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kindred.Words.Corpora;

/// <summary>A temporary file of items without a name of their own: it is gone when this is disposed of, and on Unix also when the process is killed.</summary>
internal sealed class SpoolFile : IDisposable
{
    private const int Piece = 1 << 22;   // bytes of a call, so that no length passes 2 GiB
    private readonly SafeFileHandle _file;

    internal SpoolFile()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kindred-{Path.GetRandomFileName()}.spool");
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>Bytes.</summary>
    internal long Length { get; private set; }

    /// <summary>Writes items at the end.</summary>
    /// <exception cref="IOException">The disk is full, or another fault of it.</exception>
    internal void Append<T>(ReadOnlySpan<T> items)
        where T : unmanaged
    {
        int most = Piece / Marshal.SizeOf<T>();
        for (; !items.IsEmpty; items = items[Math.Min(most, items.Length)..])
        {
            var bytes = MemoryMarshal.AsBytes(items[..Math.Min(most, items.Length)]);
            RandomAccess.Write(_file, bytes, Length);
            Length += bytes.Length;
        }
    }

    /// <summary>Fills a span with items.</summary>
    /// <param name="items">Where to.</param>
    /// <param name="first">Place of the first item in the file, in items.</param>
    /// <exception cref="IOException">The file is shorter, or cannot be read.</exception>
    internal void Read<T>(Span<T> items, long first)
        where T : unmanaged
    {
        int most = Piece / Marshal.SizeOf<T>();
        long at = first * Marshal.SizeOf<T>();
        for (; !items.IsEmpty; items = items[Math.Min(most, items.Length)..])
        {
            var bytes = MemoryMarshal.AsBytes(items[..Math.Min(most, items.Length)]);
            while (!bytes.IsEmpty)
            {
                int got = RandomAccess.Read(_file, bytes, at);
                if (got == 0) throw new IOException($"A temporary file was cut short at byte {at}.");
                at += got;
                bytes = bytes[got..];
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
