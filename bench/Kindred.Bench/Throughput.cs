using Kindred.Models;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench;

/// <summary>Texts to vectors beside onnxruntime-node: same model file, texts, ids and threads; passes alternate. Ours counts the tokenizing, the peer's does not.</summary>
internal static class Throughput
{
    public static int Run(Settings settings)
    {
        int count = settings.Number("texts", 256), rounds = settings.Number("rounds", 5), batch = settings.Number("batch", 32);
        int threads = settings.Number("threads", Environment.ProcessorCount);
        string name = settings.Text("model", "all-minilm-l6-v2");
        string[] texts = Corpus.Mixed(count);
        using var model = EmbeddingModel.Load(name, new EmbeddingModelOptions { Threads = threads });
        using var peer = new Peer(model, texts, threads);

        double least = 1;
        var ours = Encode();   // warms both sides up, and shows that they answer alike
        long tokens = ours.Usage!.InputTokenCount!.Value;
        foreach (var (order, size) in new[] { ("given", batch), ("sorted", batch), ("given", 1) })
        {
            peer.Pass(order, size);
            float[] theirs = peer.Vectors();
            for (int i = 0; i < count; i++)
                least = Math.Min(least, Metric.Cosine(ours[i].Vector.Span, theirs.AsSpan(i * model.Dimensions, model.Dimensions)));
        }

        double[] mine = new double[rounds], given = new double[rounds], sorted = new double[rounds], single = new double[rounds];
        for (int r = 0; r < rounds; r++)
        {
            mine[r] = Statistics.Seconds(() => Encode());
            given[r] = peer.Pass("given", batch);
            sorted[r] = peer.Pass("sorted", batch);
            single[r] = peer.Pass("given", 1);
        }

        Console.WriteLine($"{model.Name}, {count} texts, {tokens} tokens, {threads} thread(s), {rounds} rounds; least cosine between the two sides {least:F6}");
        Console.WriteLine($"  kindred                            {tokens / Statistics.Median(mine),8:F0} tokens/s  {count / Statistics.Median(mine),6:F1} texts/s   (tokenizing counted)");
        Line($"onnxruntime-node, as given, by {batch}", given);
        Line($"onnxruntime-node, sorted, by {batch}", sorted);
        Line("onnxruntime-node, one by one", single);
        return least >= 0.9999 ? 0 : 1;

        Microsoft.Extensions.AI.GeneratedEmbeddings<Microsoft.Extensions.AI.Embedding<float>> Encode() => model.GenerateAsync(texts).GetAwaiter().GetResult();

        void Line(string who, double[] seconds)
        {
            double[] ratios = [.. seconds.Zip(mine, (theirs, our) => theirs / our)];
            Console.WriteLine($"  {who,-34} {tokens / Statistics.Median(seconds),8:F0} tokens/s  {count / Statistics.Median(seconds),6:F1} texts/s  ratio {Statistics.Median(ratios):F2} ({ratios.Min():F2} to {ratios.Max():F2}), best against best {seconds.Min() / mine.Min():F2}");
        }
    }
}
