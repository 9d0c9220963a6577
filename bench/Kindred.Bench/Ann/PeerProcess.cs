using System.Diagnostics;
using System.Text.Json;

namespace Kindred.Bench.Ann;

/// <summary>A peer in a process of its own: it reads a line for each pass and answers with a line of JSON.</summary>
internal abstract class PeerProcess : IContender
{
    private readonly Process _process;

    protected PeerProcess(string program, string[] arguments) =>
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    public abstract string Name { get; }

    public TimeSpan ProcessorTime => Statistics.ProcessorTime(_process);

    public Pass Measure(int ef, int threads)
    {
        _process.StandardInput.WriteLine(Request(ef, threads));
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

    /// <summary>The line that asks for a pass.</summary>
    protected abstract string Request(int ef, int threads);

    protected static string MetricOf(DataSet data) => data.Metric == Vectors.Metrics.MetricKind.SquaredL2 ? "l2" : "ip";
}
