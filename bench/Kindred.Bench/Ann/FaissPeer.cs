using System.Globalization;

namespace Kindred.Bench.Ann;

/// <summary>The process of bench/peers/faiss: Debian's FAISS under the system's Python.</summary>
internal sealed class FaissPeer : PeerProcess
{
    public FaissPeer(DataSet data, string factory)
        : base("/usr/bin/python3", [Path.Combine(Places.Repository, "bench", "peers", "faiss", "driver.py"), data.Base, data.Queries, data.Truth, MetricOf(data), factory, "1"])
    {
        Name = $"faiss {factory}";
        Measure(1, 1);   // waits until it is built
    }

    public override string Name { get; }

    protected override string Request(int ef, int threads) => ef.ToString(CultureInfo.InvariantCulture);
}
