using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kindred.Models;

namespace Kindred.Bench;

/// <summary>The process of bench/peers/onnxruntime-node, which is given the ids that our tokenizer made.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;

    public Peer(EmbeddingModel model, IReadOnlyList<string> texts, int threads)
    {
        string home = Path.Combine(Places.Repository, "bench", "peers", "onnxruntime-node");
        if (!Directory.Exists(Path.Combine(home, "node_modules"))) throw new DirectoryNotFoundException("The peer is not installed: npm ci --prefix bench/peers/onnxruntime-node");
        string ids = Path.Combine(_folder, "ids.bin");
        using (var file = new BinaryWriter(File.Create(ids)))
        {
            file.Write(texts.Count);
            foreach (string text in texts)
            {
                int[] tokens = model.Tokenizer.Encode(text, model.MaxTokens, out _);
                file.Write(tokens.Length);
                foreach (int token in tokens) file.Write(token);
            }
        }

        string pooling = model.Name == "snowflake-arctic-embed-xs" ? "cls" : "mean";
        string network = Path.Combine(model.Folder, "onnx", "model.onnx");
        _process = Process.Start(new ProcessStartInfo("node", [Path.Combine(home, "peer.mjs"), network, ids, threads.ToString(CultureInfo.InvariantCulture), pooling])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Answer();
    }

    /// <summary>Seconds that all texts took, in batches of so many.</summary>
    public double Pass(string order, int batch) => Ask($"pass {order} {batch}").GetProperty("seconds").GetDouble();

    /// <summary>Seconds that one text took, for each of the repeats.</summary>
    public double[] One(int text, int repeats) => [.. Ask($"one {text} {repeats}").GetProperty("seconds").EnumerateArray().Select(s => s.GetDouble())];

    /// <summary>The vectors of the last pass, row by row.</summary>
    public float[] Vectors()
    {
        string file = Path.Combine(_folder, "vectors.bin");
        Ask($"vectors {file}");
        return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private JsonElement Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        return Answer();
    }

    private JsonElement Answer()
    {
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The peer ended; its message stands above.");
        using var json = JsonDocument.Parse(line);
        return json.RootElement.Clone();
    }
}
