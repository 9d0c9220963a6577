using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Ann;

/// <summary>The process of bench/peers/faiss: Debian's FAISS under the system's Python.</summary>
internal sealed class FaissPeer : IContender
{
    private readonly Process _process;

    public FaissPeer(DataSet data, string factory)
    {
        Name = $"faiss {factory}";
        string[] arguments = [Path.Combine(Places.Repository, "bench", "peers", "faiss", "driver.py"), data.Base, data.Queries, data.Truth, data.Metric == MetricKind.SquaredL2 ? "l2" : "ip", factory, "1"];
        _process = Process.Start(new ProcessStartInfo("/usr/bin/python3", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Measure(1, 1);   // waits until it is built
    }

    public string Name { get; }

    public TimeSpan ProcessorTime => Statistics.ProcessorTime(_process);

    public Pass Measure(int ef, int threads)
    {
        _process.StandardInput.WriteLine(ef.ToString(CultureInfo.InvariantCulture));
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
}
