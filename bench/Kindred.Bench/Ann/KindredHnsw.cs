using System.Globalization;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Quantizers;

namespace Kindred.Bench.Ann;

/// <summary>Our graph, walked by the vectors or by codes. It is kept beside the data, so that only a first run builds it.</summary>
internal sealed class KindredHnsw : KindredContender
{
    private readonly HnswIndex _index;

    public KindredHnsw(DataSet data, string side, int m, int efConstruction, int threads, bool fresh)
        : base(data)
    {
        Name = side;
        string file = string.Create(CultureInfo.InvariantCulture, $"{data.Cache}-m{m}-efc{efConstruction}.kindred");
        if (fresh || !File.Exists(file))
        {
            HnswIndex? built = null;
            BuildSeconds = Statistics.Seconds(() => built = HnswIndex.Build(
                [.. Rows.Select(row => new ReadOnlyMemory<float>(row))], metric: data.Metric, options: new HnswOptions { M = m, EfConstruction = efConstruction }, threads: threads));
            _index = built!;
            _index.Save(file);
        }
        else
        {
            BuildSeconds = -1;
            _index = HnswIndex.Open(file);
        }

        _index.Quantize(side switch
        {
            "kindred-sq8" => new ScalarCodec(_index.Dimensions, data.Metric, 8),
            "kindred-rabitq" => RabitqCodec.Train([.. Rows.Select(row => new ReadOnlyMemory<float>(row))], _index.Dimensions, data.Metric),
            _ => null,
        });
    }

    public override string Name { get; }

    public override void Dispose() => _index.Dispose();

    protected override int Find(int ef, float[] query, Neighbor[] hits) => _index.Search(query, hits, ef);

    protected override double BytesPerVector() => _index.BytesPerVector;
}
