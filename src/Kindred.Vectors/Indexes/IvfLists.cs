using Kindred.Vectors.Files;

namespace Kindred.Vectors.Indexes;

/// <summary>
/// The lists of an inverted index and the memory they share until they change: a block, or a file whose lists are checked when somebody first looks into them.
/// Lists may be read from several threads; a change excludes everything else.
/// </summary>
internal sealed unsafe class IvfLists : IDisposable
{
    private readonly IvfList[] _lists;
    private readonly int _codeBytes;
    private readonly int _exactBytes;
    private IvfSource? _source;
    private IvfMemory? _memory;
    private int _borrowers;
    private Dictionary<long, (int List, int Row)>? _places;   // made when first needed: an index that is only searched has no use for it

    /// <summary>Empty lists.</summary>
    public IvfLists(int lists, int codeBytes, int exactBytes)
    {
        (_codeBytes, _exactBytes) = (codeBytes, exactBytes);
        _lists = new IvfList[lists];
        for (int i = 0; i < lists; i++) _lists[i] = new IvfList(codeBytes, exactBytes);
    }

    /// <summary>Frees the lists of an index that was not disposed.</summary>
    ~IvfLists() => Free();

    public int Length => _lists.Length;

    /// <summary>Rows of all lists.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes that searches need in memory.</summary>
    public long MemoryBytes
    {
        get
        {
            long bytes = _memory is { IsMapped: false } ? _memory.Bytes : 0;
            foreach (var list in _lists)
            {
                if (list.IsOwner) bytes += (long)list.Capacity * (sizeof(long) + _codeBytes + _exactBytes);
                else if (_memory is { IsMapped: true }) bytes += (long)list.Count * (sizeof(long) + _codeBytes);
            }

            return bytes;
        }
    }

    /// <summary>A list, which nobody may have checked.</summary>
    public IvfList this[int list] => _lists[list];

    /// <summary>A list whose bytes are as they were written.</summary>
    /// <exception cref="VectorFileException">They are not: names the byte.</exception>
    public IvfList Checked(int list)
    {
        var one = _lists[list];
        if (one.IsChecked) return one;
        long bytes = (byte*)one.Codes - (byte*)one.Ids + IvfLayout.Aligned((long)one.Count * _codeBytes, IvfLayout.Alignment);
        if (SectionWriter.HashOf((byte*)one.Ids, bytes) != _source!.Hashes[list].List) throw Damaged((byte*)one.Ids, $"list {list}");
        one.IsChecked = true;
        return one;
    }

    /// <summary>Gives empty lists their rows.</summary>
    /// <param name="memory">Where they lie; its owner from now on is this.</param>
    /// <param name="layout">Where each list stands in it.</param>
    /// <param name="counts">Rows of each list.</param>
    /// <param name="source">The file, if it is one's.</param>
    public void Settle(IvfMemory memory, IvfLayout layout, ReadOnlySpan<int> counts, IvfSource? source)
    {
        (_memory, _source, _borrowers) = (memory, source, _lists.Length);
        for (int i = 0; i < _lists.Length; i++)
        {
            _lists[i].Borrow(memory.Start + layout.Ids(i), memory.Start + layout.Codes(i, counts[i]), memory.Start + layout.Exact(i), counts[i]);
            _lists[i].IsChecked = source is null;
            Count += counts[i];
        }
    }

    /// <summary>Reads all lists that still lie in a file.</summary>
    public void Verify(CancellationToken cancel)
    {
        for (int i = 0; _source is not null && i < _lists.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (_lists[i].IsOwner) continue;
            byte* exact = Checked(i).Exact;
            if (SectionWriter.HashOf(exact, IvfLayout.Aligned((long)_lists[i].Count * _exactBytes, IvfLayout.Alignment)) != _source.Hashes[i].Exact) throw Damaged(exact, $"rows for rescoring of list {i}");
        }
    }

    public bool Contains(long id) => Places().ContainsKey(id);

    /// <summary>Appends a row, whose codes the caller fills in, for an id that is not there.</summary>
    public (IvfList List, int Row) Add(int to, long id)
    {
        var list = Own(to, growing: true);
        int row = list.Add(id);
        Places().Add(id, (to, row));
        Count++;
        return (list, row);
    }

    public bool Remove(long id)
    {
        var places = Places();
        if (!places.Remove(id, out var place)) return false;
        var list = Own(place.List, growing: false);
        list.RemoveAt(place.Row);
        if (place.Row < list.Count) places[list.Ids[place.Row]] = place;
        Count--;
        return true;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>A list that may be changed. What many lists have left behind is given back when it is more than what they still use.</summary>
    private IvfList Own(int list, bool growing)
    {
        var own = _lists[list];
        if (own.IsOwner || (_memory is { IsMapped: false } && !(growing && own.Count == own.Capacity))) return own;
        Checked(list).Own(growing ? checked(Math.Max(4, own.Count + (own.Count / 2))) : own.Count);
        _borrowers--;
        if (_memory is not { IsMapped: false } || _borrowers * 2L > _lists.Length) return own;
        foreach (var other in _lists)
            if (!other.IsOwner) other.Own(other.Count);
        _memory.Dispose();
        (_memory, _borrowers) = (null, 0);
        return own;
    }

    private Dictionary<long, (int List, int Row)> Places()
    {
        if (_places is not null) return _places;
        var places = new Dictionary<long, (int List, int Row)>((int)Count);
        for (int list = 0; list < _lists.Length; list++)
        {
            var one = Checked(list);
            for (int row = 0; row < one.Count; row++)
            {
                long* id = one.Ids + row;
                if (!places.TryAdd(*id, (list, row))) throw new VectorFileException(_source?.Path ?? "", (byte*)id - _memory!.Start, $"section list {list}: id {*id} stands twice");
            }
        }

        return _places = places;
    }

    private VectorFileException Damaged(byte* at, string what) => new(_source!.Path, at - _memory!.Start, $"section {what}: checksum differs, the file is damaged");

    private void Free()
    {
        foreach (var list in _lists ?? []) list?.Free();
        _memory?.Dispose();
        _memory = null;
        Count = 0;
    }
}
