using CsCheck;

namespace Kindred.Models.Tests.Encoders;

/// <summary>Pooling, Dense and Normalize on a network whose token vectors are known, against the formulas (field case 29).</summary>
public sealed class ModuleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("\"pooling_mode_cls_token\":true", "cls")]
    [InlineData("\"pooling_mode_mean_tokens\":true", "mean")]
    [InlineData("\"pooling_mode_max_tokens\":true", "max")]
    [InlineData("\"pooling_mode_mean_sqrt_len_tokens\":true", "sqrt")]
    [InlineData("\"pooling_mode_lasttoken\":true", "last")]
    [InlineData("\"pooling_mode\":\"lasttoken\"", "last")]
    [InlineData("\"pooling_mode_mean_tokens\":true,\"pooling_mode_cls_token\":true,\"pooling_mode_max_tokens\":true", "cls max mean")]
    [InlineData("\"pooling_mode\":[\"max\",\"cls\"]", "cls max")]
    public async Task Pooling_is_its_formula(string config, string parts)
    {
        using var folder = new TinyFolder(pooling: config);
        using var model = EmbeddingModel.Load(folder.Path);
        string[] texts = ["", "red", "green blueish red", "blue blue blue blue blue"];
        int[][] ids = [[2, 3], [2, 4, 3], [2, 5, 6, 7, 4, 3], [2, 6, 6, 6, 6, 6, 3]];
        Assert.Equal(TinyFolder.Width * parts.Split(' ').Length, model.Dimensions);
        var results = await model.GenerateAsync(texts, cancellationToken: Cancel);
        for (int i = 0; i < texts.Length; i++)
        {
            var rows = ids[i].Select(id => folder.Table[id].Select(v => (double)v).ToArray()).ToArray();
            double[] expected = [.. parts.Split(' ').SelectMany(part => Enumerable.Range(0, TinyFolder.Width).Select(j => part switch
            {
                "cls" => rows[0][j],
                "last" => rows[^1][j],
                "max" => rows.Max(r => r[j]),
                "mean" => rows.Average(r => r[j]),
                _ => rows.Sum(r => r[j]) / Math.Sqrt(rows.Length),
            }))];
            Close(expected, results[i].Vector.Span);
        }
    }

    [Theory]
    [InlineData("Transformer Pooling Dense Normalize", "torch.nn.modules.activation.Tanh", true)]
    [InlineData("Transformer Pooling Dense", "torch.nn.modules.linear.Identity", true)]
    [InlineData("Transformer Pooling Dense", "torch.nn.modules.activation.Tanh", false)]
    public async Task Dense_is_its_formula(string modules, string activation, bool bias)
    {
        using var folder = new TinyFolder(modules);
        float[] weight = [.. Enumerable.Range(0, 3 * TinyFolder.Width).Select(i => (i - 5) / 7f)], added = [0.5f, -1, 2];
        folder.Write("2_Dense/config.json", $"{{\"in_features\":4,\"out_features\":3,\"bias\":{(bias ? "true" : "false")},\"activation_function\":\"{activation}\"}}");
        folder.Write("2_Dense/model.safetensors", TinyFolder.Safetensors(("linear.bias", [3], added), ("linear.weight", [3, 4], weight)));
        using var model = EmbeddingModel.Load(folder.Path);
        Assert.Equal(3, model.Dimensions);
        var result = await model.GenerateAsync(["red blue"], cancellationToken: Cancel);

        double[] mean = [.. Enumerable.Range(0, 4).Select(j => new[] { 2, 4, 6, 3 }.Average(id => (double)folder.Table[id][j]))];
        double[] expected = [.. Enumerable.Range(0, 3).Select(o =>
        {
            double y = Enumerable.Range(0, 4).Sum(j => weight[o * 4 + j] * mean[j]) + (bias ? added[o] : 0);
            return activation.EndsWith("Tanh", StringComparison.Ordinal) ? Math.Tanh(y) : y;
        })];
        if (modules.EndsWith("Normalize", StringComparison.Ordinal)) expected = Unit(expected);
        Close(expected, result[0].Vector.Span);
    }

    [Fact]
    public async Task A_folder_without_modules_pools_by_the_mean_and_keeps_the_length()
    {
        using var folder = new TinyFolder();
        File.Delete(Path.Combine(folder.Path, "modules.json"));
        using var model = EmbeddingModel.Load(folder.Path);
        var result = await model.GenerateAsync(["red"], cancellationToken: Cancel);
        Close([.. Enumerable.Range(0, 4).Select(j => new[] { 2, 4, 3 }.Average(id => (double)folder.Table[id][j]))], result[0].Vector.Span);
    }

    [Theory]
    [InlineData("Transformer Pooling sentence_transformers.models.LSTM", "LSTM")]
    [InlineData("Transformer Pooling my.own.Normalize", "my.own.Normalize")]
    [InlineData("Transformer Normalize", "Normalize")]
    [InlineData("Transformer Pooling Normalize Dense", "Dense")]
    [InlineData("Transformer", "Pooling")]
    public void A_module_that_is_not_known_is_refused_by_name(string modules, string named)
    {
        using var folder = new TinyFolder(modules);
        var e = Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder.Path));
        Assert.EndsWith("modules.json", e.Path, StringComparison.Ordinal);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode_weightedmean_tokens\":true}", "weightedmean")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":false}", "pooling_mode")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":1}", "pooling_mode_mean_tokens")]
    [InlineData("1_Pooling/config.json", "{\"pooling_mode\":[1]}", "1_Pooling")]
    [InlineData("1_Pooling/config.json", "[", "1_Pooling")]
    [InlineData("1_Pooling/config.json", "{\"word_embedding_dimension\":5,\"pooling_mode_mean_tokens\":true}", "5")]
    [InlineData("modules.json", "{}", "modules")]
    [InlineData("modules.json", "[1,2]", "type")]
    [InlineData("modules.json", "[{\"type\":\"sentence_transformers.models.Transformer\",\"path\":\"../x\"}]", "../x")]
    [InlineData("config.json", "{\"max_position_embeddings\":1e30}", "max_position_embeddings")]
    [InlineData("config_sentence_transformers.json", "{\"prompts\":{\"query\":3}}", "query")]
    [InlineData("config_sentence_transformers.json", "{\"default_prompt_name\":\"passage\"}", "default_prompt_name")]
    [InlineData("vocab.txt", "red\nred\n", "red")]
    [InlineData("vocab.txt", "[UNK]\nred\n", "[CLS]")]
    [InlineData("tokenizer.json", "{\"model\":{\"type\":\"BPE\"}}", "BPE")]
    [InlineData("tokenizer.json", "{\"model\":{\"type\":\"WordPiece\"},\"normalizer\":{\"type\":\"NFKC\"}}", "NFKC")]
    [InlineData("tokenizer.json", "{\"model\":{\"type\":\"WordPiece\"}}", "normalizer")]
    [InlineData("tokenizer.json", "{\"model\":[]}", "type")]
    [InlineData("tokenizer.json", "\u0000", "tokenizer.json")]
    [InlineData("model.onnx", "not a network", "model.onnx")]
    [InlineData("model.onnx", "", "model.onnx")]
    public void A_broken_file_is_named(string file, string content, string named)
    {
        using var folder = new TinyFolder("Transformer Pooling Normalize");
        folder.Write(file, content);
        var e = Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder.Path));
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("vocab.txt")]
    [InlineData("1_Pooling/config.json")]
    public void A_missing_file_is_named(string file)
    {
        using var folder = new TinyFolder();
        File.Delete(Path.Combine(folder.Path, file));
        Assert.Contains(file, Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_no_model_is_refused()
    {
        Assert.Contains("no-such-model", Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load("no-such-model")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_of_another_kind_is_refused()
    {
        using var folder = new TinyFolder();
        folder.Write("model.onnx", TinyNetwork.Lookup(folder.Table, inputs: ["input_ids", "pixel_values"]));
        Assert.Contains("pixel_values", Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_of_another_name_serves_too()
    {
        using var folder = new TinyFolder();
        folder.Write("model.onnx", TinyNetwork.Lookup(folder.Table, "hidden", ["input_ids", "attention_mask", "token_type_ids"]));
        using var model = EmbeddingModel.Load(folder.Path);
        Assert.Single(await model.GenerateAsync(["red"], cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_value_that_is_no_number_names_the_text()
    {
        using var folder = new TinyFolder();
        folder.Table[5][2] = float.NaN;
        folder.Write("model.onnx", TinyNetwork.Lookup(folder.Table));
        using var model = EmbeddingModel.Load(folder.Path);
        var e = await Assert.ThrowsAsync<InvalidDataException>(() => model.GenerateAsync(["red", "blue", "green", "red"], cancellationToken: Cancel));
        Assert.Contains("text 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zero_vector_stays_zero()
    {
        using var folder = new TinyFolder("Transformer Pooling Normalize", "\"pooling_mode_cls_token\":true");
        folder.Table[2] = new float[4];
        folder.Write("model.onnx", TinyNetwork.Lookup(folder.Table));
        using var model = EmbeddingModel.Load(folder.Path);
        Assert.Equal(new float[4], (await model.GenerateAsync(["red"], cancellationToken: Cancel))[0].Vector.ToArray());
    }

    [Fact]
    public void Broken_weights_are_named_and_never_crash()
    {
        using var folder = new TinyFolder("Transformer Pooling Dense");
        folder.Write("2_Dense/config.json", "{\"in_features\":4,\"out_features\":3}");
        byte[] good = TinyFolder.Safetensors(("linear.weight", [3, 4], new float[12]), ("linear.bias", [3], new float[3]));
        for (int cut = 0; cut < good.Length; cut++) Refused(good[..cut]);

        // any byte of the header changed: a value or the one exception
        Gen.Select(Gen.Int[0, good.Length - 61], Gen.Byte).Sample(
            change =>
            {
                byte[] bad = [.. good];
                bad[change.Item1] = change.Item2;
                folder.Write("2_Dense/model.safetensors", bad);
                try
                {
                    Models.Encoders.DenseLayer.Read(Path.Combine(folder.Path, "2_Dense"));
                }
                catch (ModelFormatException)
                {
                }
            },
            iter: 2000,
            threads: 1);
        Refused(TinyFolder.Safetensors(("linear.weight", [4, 3], new float[12]), ("linear.bias", [3], new float[3])));
        Refused(TinyFolder.Safetensors(("linear.weight", [3, 4], new float[12])));

        void Refused(byte[] bytes)
        {
            folder.Write("2_Dense/model.safetensors", bytes);
            Assert.EndsWith("model.safetensors", Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder.Path)).Path, StringComparison.Ordinal);
        }
    }

    private static double[] Unit(double[] x) => [.. x.Select(v => v / Math.Sqrt(x.Sum(w => w * w)))];

    private static void Close(double[] expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-6);
    }
}
