using Kindred.Models.Encoders;
using Kindred.Models.Tests.Encoders;
using Kindred.Models.Tuning;

namespace Kindred.Models.Tests.Tuning;

public sealed class BertWeightsFileTests
{
    [Fact]
    public void The_weights_of_the_default_model_are_those_that_the_onnx_package_reads()
    {
        var weights = Find(ModelCatalog.Find("minilm")!.Folder)!.Read();
        Assert.Equal((384, 12, 1536, 6), (weights.Width, weights.Heads, weights.Inner, weights.Layers.Length));
        Assert.Equal((30522 * 384, 512 * 384), (weights.Words.Length, weights.Positions.Length));

        // numpy_helper.to_array of each initializer, by hand
        Assert.Equal([-0.0042472f, -0.01973858f, 0.00887601f], weights.Words[(1996 * 384)..((1996 * 384) + 3)], (a, b) => Math.Abs(a - b) < 1e-7f);
        Assert.Equal([-0.01864922f, -0.01217566f, -0.0049729f], weights.Positions[((5 * 384) + 100)..((5 * 384) + 103)], (a, b) => Math.Abs(a - b) < 1e-7f);
        Assert.Equal((0.6152664f, 0.039178368f), (weights.NormGain[7], weights.NormBias[7]));
        int at = (3 * 384) + 5;
        Assert.Equal((0.11040369f, 0.0040692226f, 0.025580412f, -0.012134691f), (weights.Layers[0].Query[at], weights.Layers[0].Key[at], weights.Layers[0].Value[at], weights.Layers[0].Out[at]));
        var last = weights.Layers[5];
        Assert.Equal((-0.055488985f, 0.035652246f, 0.023657262f), (last.Query[at], last.Rise[(3 * 1536) + 1005], last.Fall[(1005 * 384) + 3]));
        Assert.Equal((0.06497606f, -6.025762e-05f, 0.004611835f, -0.05767997f), (last.QueryBias[200], last.KeyBias[200], last.ValueBias[200], last.OutBias[200]));
        Assert.Equal((0.56654495f, 0.035761844f, 0.022334447f, 0.006587312f), (last.MiddleGain[200], last.MiddleBias[200], last.RiseBias[200], last.FallBias[200]));
        Assert.Equal((0.69348365f, 0.0434982f), (last.EndGain[200], last.EndBias[200]));
    }

    [Theory]
    [InlineData("arctic-xs")]
    [InlineData("fast")]
    public void A_model_that_takes_the_first_token_or_has_no_network_is_not_tuned(string name)
    {
        using var model = EmbeddingModel.Load(name);
        Assert.False(model.CanTune);
        var e = Assert.Throws<NotSupportedException>(() => model.Tune(["a", "b"], [0, 1], cancel: TestContext.Current.CancellationToken));
        Assert.Contains(model.Name, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_are_found_by_their_names_and_by_the_bias_behind_them(bool packed)
    {
        using var bert = new TinyBert();
        bert.Network(TinyBert.Weights(), packed: packed);
        var weights = Find(bert.Path)!.Read();
        Assert.Equal((16, 1, 32), (weights.Width, weights.Heads, weights.Inner));
        Assert.Equal(TinyFolder.Vocabulary.Length * 16, weights.Words.Length);
        Assert.All(weights.Positions, value => Assert.Equal(1 + 2, value));
        Assert.Equal((3, 4), (weights.NormGain[0], weights.NormBias[0]));
        Assert.Equal(Enumerable.Range(5, 16).Select(i => (float)i), Assert.Single(weights.Layers).All.Select(w => w[^1]));
        Assert.Equal([256, 16, 256, 16, 256, 16, 256, 16, 16, 16, 512, 32, 512, 16, 16, 16], weights.Layers[0].All.Select(w => w.Length));
    }

    [Theory]
    [InlineData("\"bert\"", "\"roberta\"")]
    [InlineData("\"model_type\":\"bert\",", "")]
    [InlineData("\"model_type\"", "\"hidden_act\":\"relu\",\"model_type\"")]
    [InlineData("\"model_type\"", "\"hidden_act\":7,\"model_type\"")]
    [InlineData("\"model_type\"", "\"position_embedding_type\":\"relative_key\",\"model_type\"")]
    [InlineData("\"model_type\"", "\"layer_norm_eps\":1e-5,\"model_type\"")]
    [InlineData("\"model_type\"", "\"layer_norm_eps\":\"small\",\"model_type\"")]
    [InlineData("\"num_attention_heads\":1,", "")]
    [InlineData("\"num_attention_heads\":1,", "\"num_attention_heads\":2,")]
    [InlineData("\"num_attention_heads\":1,", "\"num_attention_heads\":3,")]
    [InlineData("\"num_hidden_layers\":1", "\"num_hidden_layers\":2")]
    public void A_network_that_is_described_as_something_else_is_not_tuned(string from, string to)
    {
        using var bert = new TinyBert();
        Assert.NotNull(Find(bert.Path));
        Assert.Contains(from, TinyBert.Config, StringComparison.Ordinal);
        bert.Write("config.json", TinyBert.Config.Replace(from, to, StringComparison.Ordinal));
        Assert.Null(Find(bert.Path));
    }

    [Theory]
    [InlineData("Transformer Pooling", "mean_tokens")]
    [InlineData("Transformer Pooling Normalize", "cls_token")]
    [InlineData("Transformer Pooling Normalize", "max_tokens")]
    public void Other_pooling_or_vectors_of_any_length_are_not_tuned(string modules, string mode)
    {
        using var bert = new TinyBert();
        bert.Modules(modules);
        bert.Write("1_Pooling/config.json", $$"""{"word_embedding_dimension":16,"pooling_mode_{{mode}}":true}""");
        Assert.Null(Find(bert.Path));
    }

    [Fact]
    public void Weights_of_another_kind_or_shape_are_not_tuned()
    {
        using var bert = new TinyBert();
        bert.Network(TinyBert.Weights(), type: 10);
        Assert.Null(Find(bert.Path));
        bert.Network(TinyBert.Weights(), more: TinyNetwork.Number(14, 1));
        Assert.Null(Find(bert.Path));
        for (int i = 0; i < TinyBert.Weights().Count; i++)
        {
            // one row more, and one missing; a further row of the tables is none too many
            var weights = TinyBert.Weights();
            weights[i] = (weights[i].Name, [weights[i].Shape[0] + 1, .. weights[i].Shape[1..]]);
            bert.Network(weights);
            if (i <= 2) Assert.NotNull(Find(bert.Path));
            else Assert.Null(Find(bert.Path));
            weights.RemoveAt(i);
            bert.Network(weights);
            Assert.Null(Find(bert.Path));
            weights = TinyBert.Weights();
            weights.Add(weights[i]);
            bert.Network(weights);
            Assert.Null(Find(bert.Path));
        }
    }

    [Fact]
    public void A_file_that_is_cut_or_changed_anywhere_gives_whole_weights_or_none()
    {
        using var bert = new TinyBert();
        byte[] whole = bert.Network(TinyBert.Weights());
        var random = new Random(5);
        int none = 0;
        for (int i = 0; i < 1500; i++)
        {
            // most bytes are those of floats, which may be anything: the heads are before them
            byte[] hostile = (byte[])whole.Clone();
            int at = random.Next(3) == 0 ? random.Next(whole.Length) : random.Next(1000);
            if (random.Next(4) == 0) hostile = hostile[..at];
            else hostile[at] = (byte)random.Next(256);
            bert.Write(hostile);
            if (Find(bert.Path) is not { } found)
            {
                none++;
                continue;
            }

            var weights = found.Read();
            Assert.Equal(found.Values, Assert.Single(weights.Layers).All.Sum(w => w.Length));
            Assert.Equal(TinyBert.Positions * weights.Width, weights.Positions.Length);
        }

        Assert.InRange(none, 500, 1499);
    }

    private static BertWeightsFile? Find(string folder) => BertWeightsFile.Find(ModelFolder.Read(folder));
}
