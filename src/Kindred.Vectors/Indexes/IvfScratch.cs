using System.Runtime.CompilerServices;

namespace Kindred.Vectors.Indexes;

/// <summary>The working space of one search through an inverted index, kept and used again so that a search allocates nothing.</summary>
internal sealed unsafe class IvfScratch
{
    private const int Alignment = 64;

    private readonly byte[] _block;   // pinned

    public IvfScratch(int dimensions, int queryBytes, int rescoreBytes, int coarse, int lists)
    {
        int vector = Rounded(dimensions * sizeof(float)), query = Rounded(queryBytes), rescore = Rounded(rescoreBytes), scores = Rounded(coarse * sizeof(float));
        _block = GC.AllocateUninitializedArray<byte>(checked(vector + query + rescore + scores + Alignment), pinned: true);
        byte* at = (byte*)(((nint)Unsafe.AsPointer(ref _block[0]) + Alignment - 1) & -Alignment);
        Vector = (float*)at;
        Query = at + vector;
        Rescore = Query + query;
        Coarse = (float*)(Rescore + rescore);
        Lists = new Neighbor[lists];
    }

    public float* Vector { get; }

    public byte* Query { get; }

    public byte* Rescore { get; }

    /// <summary>Scores of all centroids.</summary>
    public float* Coarse { get; }

    public Neighbor[] Lists { get; }

    public Neighbor[] Candidates { get; set; } = [];

    public int[] Rows { get; } = new int[CodeRows.Chunk];

    public float[] Scores { get; } = new float[CodeRows.Chunk];

    private static int Rounded(int bytes) => checked(bytes + Alignment - 1) & -Alignment;
}
