using System.Runtime.CompilerServices;
using Kindred.Vectors.Files;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <content>The index as a file.</content>
public sealed unsafe partial class HnswIndex
{
    private HnswIndex(HnswImage image)
        : this(image.Dimensions, image.Metric, image.Options)
    {
        _image = image;
        _graph.Borrow(image);
        _ids.Borrow(image.Ids, image.Count);
        _states.Reserve(image.Count);
        Unsafe.InitBlockUnaligned(_states.Items, (byte)State.Live, (uint)image.Count);   // a span's Fill would first be compiled
        (_codec, _count, _added) = (image.Codec, image.Count, image.Added);
        if (_codec is RabitqCodec { Bits: 1 } signs) _edges = new HnswEdgeCodes(_graph, signs, image.Codes);
        else if (_codec is not null) _codes.Borrow(image.Codes, image.Count * (long)_codec.CodeBytes);
    }

    /// <summary>
    /// Checks the vectors and codes of an index that was opened from a file against their checksums, which <see cref="Open"/> leaves out: reads all of the file.
    /// It is done once, and before the first change or <see cref="Save"/> in any case; an index that was not opened has nothing to check.
    /// </summary>
    /// <exception cref="VectorFileException">They are damaged: names the section.</exception>
    public void Verify()
    {
        _lock.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            VerifyOnce();
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Save(string path)
    {
        _lock.EnterWriteLock();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            VerifyOnce();
            if (_removed > 0) Consolidate();
            List<int> live = new(_count);
            for (int node = 0; node < _graph.Count; node++)
                if (_states[node] == State.Live) live.Add(node);
            HnswFile.Write(path, this, _graph, _ids.Items, _codes.Items, _edges, _added, live);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>
    /// Opens an index that <see cref="Save"/> wrote, with its codec. The file is mapped: vectors are read as searches touch them and nothing is copied; what is
    /// changed in the index stays in memory until it is saved, to the same file or another. The file may be replaced meanwhile, but must not be cut short.
    /// All that a search relies on is checked; whether the vectors are those that were saved, <see cref="Verify"/> tells.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="VectorFileException">The file is cut, damaged or of another format: names the section and the byte.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static HnswIndex Open(string path) => new(HnswFile.Open(path));

    private void VerifyOnce()
    {
        if (_image is null || _isVerified) return;
        lock (_image)
        {
            if (!_isVerified) _image.Verify();
            _isVerified = true;
        }
    }
}
