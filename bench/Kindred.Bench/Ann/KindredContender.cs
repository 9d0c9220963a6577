using Kindred.Vectors.Indexes;

namespace Kindred.Bench.Ann;

/// <summary>An index of our own.</summary>
internal abstract class KindredContender(DataSet data) : InProcessContender(data)
{
    [ThreadStatic]
    private static Neighbor[]? _hits;

    protected sealed override void Search(int ef, float[] query, long[] ids)
    {
        var hits = _hits ??= new Neighbor[DataSet.K];
        int found = Find(ef, query, hits);
        for (int i = 0; i < ids.Length; i++) ids[i] = i < found ? hits[i].Id : -1;
    }

    /// <returns>How many hits were filled.</returns>
    protected abstract int Find(int ef, float[] query, Neighbor[] hits);
}
