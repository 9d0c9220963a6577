namespace Kindred.Vectors.Indexes;

/// <summary>How an <see cref="HnswIndex"/> is built and searched. Names are those of the paper (Malkov and Yashunin 2018).</summary>
public sealed record HnswOptions
{
    /// <summary>Links of a new node at each level; the ground level holds up to twice as many. 2 to 128, 16 unless set: more costs memory and raises recall.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside its range.</exception>
    public int M
    {
        get;
        init
        {
            Check(value, 2, 128, nameof(M));
            field = value;
        }
    } = 16;

    /// <summary>Candidates kept while a node's links are looked for, 8 to 10,000, 200 unless set: more makes building slower and the graph better.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside its range.</exception>
    public int EfConstruction
    {
        get;
        init
        {
            Check(value, 8, 10_000, nameof(EfConstruction));
            field = value;
        }
    } = 200;

    /// <summary>Candidates kept while searching, 1 to 100,000, 96 unless set; a search for k keeps at least k. More costs time and raises recall.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside its range.</exception>
    public int Ef
    {
        get;
        init
        {
            Check(value, 1, 100_000, nameof(Ef));
            field = value;
        }
    } = 96;

    /// <summary>Decides the levels of nodes. The same seed, vectors and order on one thread give the same graph.</summary>
    public long Seed { get; init; } = 42;

    private static void Check(int value, int least, int most, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
