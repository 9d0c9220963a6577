using Kindred.Vectors.Indexes;

namespace Kindred.Bench.Ann;

/// <summary>Our exact index.</summary>
internal sealed class KindredFlat : InProcessContender
{
    private readonly FlatIndex _index;

    [ThreadStatic]
    private static Neighbor[]? _hits;

    public KindredFlat(DataSet data)
        : base(data)
    {
        _index = new FlatIndex(Rows[0].Length, data.Metric);
        BuildSeconds = Statistics.Seconds(() =>
        {
            for (int i = 0; i < Rows.Length; i++) _index.Add(i, Rows[i]);
        });
    }

    public override string Name => "kindred flat";

    public override void Dispose() => _index.Dispose();

    protected override void Search(int ef, float[] query, long[] ids)
    {
        var hits = _hits ??= new Neighbor[DataSet.K];
        int found = _index.Search(query, hits);
        for (int i = 0; i < ids.Length; i++) ids[i] = i < found ? hits[i].Id : -1;
    }

    protected override double BytesPerVector() => ((double)_index.Rows.Length * sizeof(float) / Rows.Length) + sizeof(long);
}
