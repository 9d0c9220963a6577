using Kindred.Vectors.Indexes;

namespace Kindred.Bench.Ann;

/// <summary>Our exact index.</summary>
internal sealed class KindredFlat : KindredContender
{
    private readonly FlatIndex _index;

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

    protected override int Find(int ef, float[] query, Neighbor[] hits) => _index.Search(query, hits);

    protected override double BytesPerVector() => ((double)_index.Rows.Length * sizeof(float) / Rows.Length) + sizeof(long);
}
