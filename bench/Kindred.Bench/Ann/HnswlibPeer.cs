using System.Globalization;

namespace Kindred.Bench.Ann;

/// <summary>The process of bench/peers/hnswlib. Its index is kept beside the data, so that only a first run builds it.</summary>
internal sealed class HnswlibPeer : PeerProcess
{
    public HnswlibPeer(DataSet data, int m, int efConstruction, int threads, bool fresh)
        : base(Driver(), [data.Base, data.Queries, data.Truth, MetricOf(data), Text(m), Text(efConstruction), Text(threads), Index(data, m, efConstruction, fresh)]) =>
        Measure(DataSet.K, 1);   // waits until it is built

    public override string Name => "hnswlib";

    protected override string Request(int ef, int threads) => string.Create(CultureInfo.InvariantCulture, $"{ef} {threads}");

    private static string Driver()
    {
        string driver = Path.Combine(Places.Repository, "bench", "peers", "hnswlib", "driver");
        return File.Exists(driver) ? driver : throw new FileNotFoundException("The peer is not built: make -C bench/peers/hnswlib");
    }

    private static string Index(DataSet data, int m, int efConstruction, bool fresh)
    {
        string index = string.Create(CultureInfo.InvariantCulture, $"{data.Cache}-m{m}-efc{efConstruction}.hnswlib");
        if (fresh) File.Delete(index);
        return index;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
