using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Ann;

/// <summary>The process of bench/peers/hnswlib. Its index is kept beside the data, so that only a first run builds it.</summary>
internal sealed class HnswlibPeer : IContender
{
    private readonly Process _process;

    public HnswlibPeer(DataSet data, int m, int efConstruction, int threads, bool fresh)
    {
        string driver = Path.Combine(Places.Repository, "bench", "peers", "hnswlib", "driver");
        if (!File.Exists(driver)) throw new FileNotFoundException("The peer is not built: make -C bench/peers/hnswlib");
        string index = string.Create(CultureInfo.InvariantCulture, $"{data.Cache}-m{m}-efc{efConstruction}.hnswlib");
        if (fresh) File.Delete(index);
        string[] arguments = [data.Base, data.Queries, data.Truth, data.Metric == MetricKind.SquaredL2 ? "l2" : "ip", Text(m), Text(efConstruction), Text(threads), index];
        _process = Process.Start(new ProcessStartInfo(driver, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Measure(DataSet.K, 1);   // waits until it is built
    }

    public string Name => "hnswlib";

    public TimeSpan ProcessorTime => Statistics.ProcessorTime(_process);

    public Pass Measure(int ef, int threads)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ef} {threads}"));
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The peer ended; its message stands above.");
        using var json = JsonDocument.Parse(line);
        double Number(string name) => json.RootElement.GetProperty(name).GetDouble();
        return new Pass(Number("recall"), Number("qps"), Number("buildSeconds"), Number("bytesPerVector"));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
