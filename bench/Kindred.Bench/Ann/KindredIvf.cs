using Kindred.Vectors.Indexes;
using Kindred.Vectors.Quantizers;

namespace Kindred.Bench.Ann;

/// <summary>Our inverted index; with codes it lies in a file, and its vectors are read where hits are scored again.</summary>
internal sealed class KindredIvf : KindredContender
{
    private readonly IvfIndex _index;
    private readonly string _name;
    private readonly string? _file;

    public KindredIvf(DataSet data, string codes)
        : base(data)
    {
        _name = codes;
        int d = Rows[0].Length;
        ReadOnlyMemory<float>[] rows = [.. Rows.Select(row => new ReadOnlyMemory<float>(row))];
        VectorCodec codec = codes switch
        {
            "none" => new Float32Codec(d, data.Metric),
            "sq8" => new ScalarCodec(d, data.Metric, 8),
            "sq4" => new ScalarCodec(d, data.Metric, 4),
            "rabitq" => RabitqCodec.Train([], d, data.Metric),
            "pq" => ProductCodec.Train(rows[..256], d, data.Metric, d / 4),
            _ => throw new ArgumentException($"--sides ivf-{codes}: ivf-none, ivf-sq8, ivf-sq4, ivf-rabitq and ivf-pq are known"),
        };
        IvfIndex? index = null;
        BuildSeconds = Statistics.Seconds(() => index = IvfIndex.Build(rows, [.. Enumerable.Range(0, rows.Length).Select(i => (long)i)], codec, new IvfOptions { Rescorer = codec.IsExact ? null : new Float32Codec(d, data.Metric) }));
        _index = index!;
        if (codec.IsExact) return;
        _file = $"{data.Cache}-{codes}.ivf";
        using (index) index!.Save(_file);
        _index = IvfIndex.Open(_file);
    }

    public override string Name => $"ivf {_name}";

    public override void Dispose()
    {
        _index.Dispose();
        if (_file is not null) File.Delete(_file);
    }

    protected override void Prepare(int ef, int threads) => _index.Nprobe = ef;

    protected override int Find(int ef, float[] query, Neighbor[] hits) => _index.Search(query, hits);

    protected override double BytesPerVector() => _index.MemoryBytes / (double)Rows.Length;
}
