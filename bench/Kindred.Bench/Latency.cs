using Kindred.Models;

namespace Kindred.Bench;

/// <summary>One short query, from its first token (ours: from its text) to the vector, beside onnxruntime-node; the two take turns.</summary>
internal static class Latency
{
    public static int Run(Settings settings)
    {
        int rounds = settings.Number("rounds", 7), repeats = settings.Number("repeats", 30);
        int threads = settings.Number("threads", Environment.ProcessorCount);
        string name = settings.Text("model", "all-minilm-l6-v2"), query = settings.Text("query", "How do I stop my laptop from overheating?");
        using var model = EmbeddingModel.Load(name, new EmbeddingModelOptions { Threads = threads });
        using var peer = new Peer(model, [query], threads);
        Ours(repeats);
        peer.One(0, repeats);
        double[] ours = new double[rounds], theirs = new double[rounds];
        for (int r = 0; r < rounds; r++)
        {
            ours[r] = Statistics.Median(Ours(repeats));
            theirs[r] = Statistics.Median(peer.One(0, repeats));
        }

        double ratio = Statistics.Median(theirs.Zip(ours, (t, o) => t / o));
        Console.WriteLine($"{model.Name}, \"{query}\", {threads} thread(s), {rounds} rounds of {repeats}: kindred {1000 * Statistics.Median(ours):F2} ms, onnxruntime-node {1000 * Statistics.Median(theirs):F2} ms, ratio {ratio:F2}");
        return 0;

        double[] Ours(int times)
        {
            double[] seconds = new double[times];
            for (int i = 0; i < times; i++) seconds[i] = Statistics.Seconds(() => model.GenerateAsync([query]).GetAwaiter().GetResult());
            return seconds;
        }
    }
}
