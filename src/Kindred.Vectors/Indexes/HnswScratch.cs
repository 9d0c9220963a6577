using System.Runtime.InteropServices;

namespace Kindred.Vectors.Indexes;

/// <summary>What one search needs besides the graph; used again by the next one, so that a search allocates nothing.</summary>
internal sealed unsafe class HnswScratch : IDisposable
{
    private ushort[] _seen = [];
    private ushort _round;
    private byte* _query;
    private int _queryBytes;
    private HnswCandidate[] _chosen = [];

    ~HnswScratch() => NativeMemory.AlignedFree(_query);

    /// <summary>The nearest nodes so far, nearest first.</summary>
    public HnswCandidate[] Pool { get; private set; } = [];

    /// <summary>Nodes still to be followed when not every node may be a hit: a heap, the nearest at its root.</summary>
    public HnswCandidate[] Frontier { get; private set; } = new HnswCandidate[256];

    /// <summary>Nodes still to be visited when codes of links are walked by.</summary>
    public HnswFrontier Waiting { get; } = new();

    /// <summary>Links of one node that have not been seen.</summary>
    public int[] Rows { get; } = new int[512];

    /// <summary>Their scores.</summary>
    public float[] Scores { get; } = new float[512];

    /// <summary>A node of the ground level that is passed by as if it were not there; −1 for none.</summary>
    public int Avoided { get; set; } = -1;

    public HnswCandidate[] Kept { get; } = new HnswCandidate[512];

    public HnswCandidate[] Again { get; } = new HnswCandidate[512];

    public HnswCandidate[] Mixed { get; } = new HnswCandidate[512];

    /// <summary>Room for the links of one node at all its levels.</summary>
    public Span<HnswCandidate> Chosen(int links)
    {
        if (_chosen.Length < links) _chosen = new HnswCandidate[links];
        return _chosen.AsSpan(0, links);
    }

    public byte* Query(int bytes)
    {
        if (bytes > _queryBytes)
        {
            NativeMemory.AlignedFree(_query);
            _query = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _queryBytes = bytes;
        }

        return _query;
    }

    /// <summary>Starts a search: nothing has been seen, and there is room for ef candidates.</summary>
    public Span<ushort> Begin(int nodes, int ef, out ushort round)
    {
        if (_seen.Length < nodes) (_seen, _round) = (new ushort[nodes + (nodes / 4) + 64], 0);
        if (Pool.Length < ef + 1) Pool = new HnswCandidate[ef + 1];
        if (++_round == 0)
        {
            Array.Clear(_seen);
            _round = 1;
        }

        round = _round;
        if (Avoided >= 0) _seen[Avoided] = round;
        return _seen;
    }

    public void GrowFrontier()
    {
        var bigger = new HnswCandidate[Frontier.Length * 2];
        Frontier.CopyTo(bigger, 0);
        Frontier = bigger;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_query);
        _query = null;
        _queryBytes = 0;
        GC.SuppressFinalize(this);
    }
}
