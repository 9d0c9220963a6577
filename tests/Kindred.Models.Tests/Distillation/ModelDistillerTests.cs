using Kindred.Models.Distillation;
using Kindred.Models.Tests.Encoders;
using Kindred.Vectors.Metrics;

namespace Kindred.Models.Tests.Distillation;

public sealed class ModelDistillerTests
{
    private static readonly string[] Texts = ["red green", "green blue blue", "redish", "red", "violet", "", "blueish red green", "greenish blue"];

    [Fact]
    public async Task A_distilled_model_is_the_plain_computation_in_double()
    {
        using var folder = new TinyFolder();
        using var teacher = EmbeddingModel.Load(folder.Path);
        string at = Path.Combine(folder.Path, "static");
        var result = await ModelDistiller.RunAsync(teacher, at, new DistillationOptions { Dimensions = TinyFolder.Width, Words = ["blue", "reds", "red", "New York", "blue"] }, cancel: TestContext.Current.CancellationToken);

        // [PAD], [UNK], blue, red, green, ##ish; "reds" cannot be spelt by the teacher but is a word all the same
        Assert.Equal(new DistillationResult(7, TinyFolder.Width, 2), result);
        using var model = EmbeddingModel.Load(at);
        Assert.Equal((TinyFolder.Width, int.MaxValue, "static"), (model.Dimensions, model.MaxTokens, model.Name));

        // all components are kept, so that principal components turn the space and nothing else: inner products stay
        int[][] read = [[2, 3], [2, 3], [2, 6, 3], [2, 1, 3], [2, 4, 3], [2, 5, 3], [2, 7, 3]];
        double[][] rows = [.. read.Select(ids => Enumerable.Range(0, TinyFolder.Width).Select(j => ids.Average(id => (double)folder.Table[id][j])).ToArray())];
        for (int j = 0; j < TinyFolder.Width; j++)
        {
            double mean = rows.Average(row => row[j]);
            foreach (double[] row in rows) row[j] -= mean;
        }

        int[] ranks = [6, 6, 0, 1, 2, 4, 4];
        double sum = Enumerable.Range(2, 7).Sum(r => 1.0 / r);
        double[] weights = [.. ranks.Select(r => 1e-3 / (1e-3 + (1 / ((r + 2) * sum))))];
        int[][] tokens = [[4, 5], [2, 2], [4, 6], [3], [2, 6, 4, 5]];
        string[] texts = ["red green", "blue blue", "redish", "reds", "blueish red green"];
        var vectors = await model.GenerateAsync(texts, cancellationToken: TestContext.Current.CancellationToken);
        double[][] expected = [.. tokens.Select(ids => Enumerable.Range(0, TinyFolder.Width).Select(j => ids.Sum(id => rows[id][j] * weights[id])).ToArray())];
        for (int a = 0; a < texts.Length; a++)
        {
            for (int b = 0; b < texts.Length; b++)
            {
                double cosine = Dot(expected[a], expected[b]) / Math.Sqrt(Dot(expected[a], expected[a]) * Dot(expected[b], expected[b]));

                // int8: half a step in 127 of each component
                Assert.Equal(cosine, Metric.Dot(vectors[a].Vector.Span, vectors[b].Vector.Span), 0.02);
            }
        }

        static double Dot(double[] x, double[] y) => x.Zip(y, (p, q) => p * q).Sum();
    }

    [Fact]
    public void The_fit_is_the_closed_form_of_ridge_regression()
    {
        const double Ridge = 10;
        var random = new Random(5);
        const int Tokens = 6, Count = 40, D = 3;
        float[][] rows = Random(Tokens), targets = Random(Count);
        int[][] texts = [.. Enumerable.Range(0, Count).Select(_ => Enumerable.Range(0, random.Next(0, 5)).Select(_ => random.Next(Tokens)).ToArray())];
        double[,] a = new double[Count, Tokens];
        for (int t = 0; t < Count; t++)
            foreach (int id in texts[t]) a[t, id] += 1 / Math.Sqrt(texts[t].Length);

        // the first rows get the scale at which they fit best, then (AᵀA + λ)X = AᵀB + λX₀
        double overlap = 0, length = 0;
        for (int t = 0; t < Count; t++)
        {
            for (int j = 0; j < D; j++)
            {
                double sum = Enumerable.Range(0, Tokens).Sum(i => a[t, i] * rows[i][j]);
                overlap += sum * targets[t][j];
                length += sum * sum;
            }
        }

        double[,] left = new double[Tokens, Tokens + D];
        for (int i = 0; i < Tokens; i++)
        {
            for (int k = 0; k < Tokens; k++) left[i, k] = Enumerable.Range(0, Count).Sum(t => a[t, i] * a[t, k]) + (i == k ? Ridge : 0);
            for (int j = 0; j < D; j++) left[i, Tokens + j] = Enumerable.Range(0, Count).Sum(t => a[t, i] * targets[t][j]) + (Ridge * rows[i][j] * overlap / length);
        }

        Solve(left, Tokens);
        TokenFit.Fit(rows, texts, targets, TestContext.Current.CancellationToken);
        for (int i = 0; i < Tokens; i++)
            for (int j = 0; j < D; j++) Assert.Equal(left[i, Tokens + j], rows[i][j], 1e-5);

        float[][] Random(int n) => [.. Enumerable.Range(0, n).Select(_ => Enumerable.Range(0, D).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
    }

    [Fact]
    public async Task A_model_fitted_to_texts_loads_and_a_static_teacher_or_a_full_folder_is_refused()
    {
        using var folder = new TinyFolder();
        using var teacher = EmbeddingModel.Load(folder.Path);
        string at = Path.Combine(folder.Path, "static");
        await ModelDistiller.RunAsync(teacher, at, new DistillationOptions { Dimensions = 3, Texts = [.. Enumerable.Repeat(Texts, 20).SelectMany(t => t)] }, cancel: TestContext.Current.CancellationToken);
        using var model = EmbeddingModel.Load(at);
        Assert.Equal(3, (await model.GenerateAsync(["red"], cancellationToken: TestContext.Current.CancellationToken))[0].Vector.Length);
        await Assert.ThrowsAsync<ArgumentException>(() => ModelDistiller.RunAsync(model, at + "2", new DistillationOptions { Dimensions = 2 }, cancel: TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(() => ModelDistiller.RunAsync(teacher, at, new DistillationOptions { Dimensions = 2 }, cancel: TestContext.Current.CancellationToken));
    }

    /// <summary>Gauss and Jordan, with the right-hand sides in the last columns.</summary>
    private static void Solve(double[,] m, int n)
    {
        for (int p = 0; p < n; p++)
        {
            double pivot = m[p, p];
            for (int c = 0; c < m.GetLength(1); c++) m[p, c] /= pivot;
            for (int r = 0; r < n; r++)
            {
                double factor = m[r, p];
                for (int c = 0; r != p && c < m.GetLength(1); c++) m[r, c] -= factor * m[p, c];
            }
        }
    }
}
