using Kindred.Models;

namespace Kindred.Bench;

/// <summary>The static encoder beside its teacher: the same texts, in turns, one thread, tokenizing counted on both sides.</summary>
internal static class StaticThroughput
{
    public static int Run(Settings settings)
    {
        int count = settings.Number("texts", 256), rounds = settings.Number("rounds", 5), times = settings.Number("times", 100);
        string[] texts = Corpus.Mixed(count);
        var one = new EmbeddingModelOptions { Threads = 1 };
        using var teacher = EmbeddingModel.Load("minilm", one);
        using var fast = EmbeddingModel.Load(settings.Text("model", "fast"), one);
        string[] many = [.. Enumerable.Repeat(texts, times).SelectMany(t => t)];
        Encode(teacher, texts);
        Encode(fast, many);
        double[] slow = new double[rounds], quick = new double[rounds];
        for (int r = 0; r < rounds; r++)
        {
            slow[r] = Statistics.Seconds(() => Encode(teacher, texts)) / count;
            quick[r] = Statistics.Seconds(() => Encode(fast, many)) / many.Length;
        }

        double a = Statistics.Median(slow), b = Statistics.Median(quick);
        Console.WriteLine($"{teacher.Name} {1 / a:F0} texts/s, {fast.Name} {1 / b:F0} texts/s, ratio {a / b:F0} ({slow.Zip(quick, (x, y) => x / y).Min():F0} to {slow.Zip(quick, (x, y) => x / y).Max():F0}), one thread, {rounds} rounds");
        return 0;
    }

    private static void Encode(EmbeddingModel model, string[] texts) => model.GenerateAsync(texts).GetAwaiter().GetResult();
}
