using System.IO.MemoryMappedFiles;

namespace Kindred.Vectors.Files;

/// <summary>A file as memory: read as it is touched.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <param name="file">Not empty; may be closed afterwards.</param>
    /// <param name="access">To read it, or to change it by copies of pages that stay in this process, for which the system must have room.</param>
    public MappedFile(FileStream file, MemoryMappedFileAccess access)
    {
        Length = file.Length;
        _file = MemoryMappedFile.CreateFromFile(file, null, 0, access, HandleInheritability.None, leaveOpen: true);
        try
        {
            _view = _file.CreateViewAccessor(0, Length, access);
        }
        catch
        {
            _file.Dispose();
            throw;
        }

        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start;
    }

    ~MappedFile() => Release();

    public byte* Start { get; private set; }

    public long Length { get; }

    public void Dispose()
    {
        Release();
        _view.Dispose();
        _file.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (Start != null) _view.SafeMemoryMappedViewHandle.ReleasePointer();
        Start = null;
    }
}
