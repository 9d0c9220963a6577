using Kindred.Models;
using Microsoft.ML.OnnxRuntime;

namespace Kindred.Bench;

/// <summary>Opening an encoder and encoding one query, beside the plain way of opening its network; the two take turns.</summary>
internal static class Opening
{
    public static int Run(Settings settings)
    {
        int rounds = settings.Number("rounds", 9);
        string name = settings.Text("model", "all-minilm-l6-v2");
        string network = Path.Combine(ModelCatalog.Find(name)!.Folder, "onnx", "model.onnx");
        double[] ours = new double[rounds], plain = new double[rounds];
        for (int r = -1; r < rounds; r++)
        {
            double own = Statistics.Seconds(() =>
            {
                using var model = EmbeddingModel.Load(name);
                model.GenerateAsync(["How do I stop my laptop from overheating?"]).GetAwaiter().GetResult();
            });
            double other = Statistics.Seconds(() =>
            {
                using var options = new SessionOptions { IntraOpNumThreads = Environment.ProcessorCount };
                using var session = new InferenceSession(network, options);
            });
            if (r >= 0) (ours[r], plain[r]) = (own, other);
        }

        double ratio = Statistics.Median(plain.Zip(ours, (p, o) => p / o));
        Console.WriteLine($"{name}, {rounds} rounds: kindred opens, tokenizes and encodes in {1000 * Statistics.Median(ours):F0} ms; the plain InferenceSession(path) opens in {1000 * Statistics.Median(plain):F0} ms, ratio {ratio:F2}");
        return 0;
    }
}
