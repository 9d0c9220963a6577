using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Kindred.Learning.Evaluation;
using Kindred.Vectors.Metrics;

namespace Kindred.Models.Tests.Encoders;

public sealed class StaticModelTests : IDisposable
{
    private const string Tokenizer = """
        {"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},
        "post_processor":null,"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","vocab":{"[PAD]":0,"[UNK]":1,"red":2,"green":3,"##ish":4}}}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("kindred").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_text_is_the_weighted_mean_of_its_known_tokens_rows(bool normalize)
    {
        // dimensions past every width of a kernel, so that tails are met
        const int D = 37;
        sbyte[] rows = [.. Enumerable.Range(0, 3 * D).Select(i => (sbyte)((i * 41 % 255) - 127))];
        float[] weights = [9, 9, 0.5f, 2, -1];
        long[] mapping = [0, 0, 2, 1, 1];
        Write(normalize, ("embeddings", "I8", [3, D], [.. rows.Select(v => (byte)v)]), ("weights", "F32", [5], Bytes(weights)), ("mapping", "I64", [5], [.. mapping.SelectMany(BitConverter.GetBytes)]));
        using var model = EmbeddingModel.Load(folder);
        var vector = (await model.GenerateAsync(["Red GREENISH purple red!"], cancellationToken: Cancel))[0].Vector.ToArray();
        double[] mean = [.. Enumerable.Range(0, D).Select(j => new[] { 2, 3, 4, 2 }.Average(t => (double)rows[(mapping[t] * D) + j] * weights[t]))];
        double norm = normalize ? Math.Sqrt(mean.Sum(v => v * v)) : 1;
        for (int j = 0; j < D; j++) Assert.Equal(mean[j] / norm, vector[j], 1e-4 / norm);
        Assert.All((await model.GenerateAsync(["purple", ""], cancellationToken: Cancel)).SelectMany(e => e.Vector.ToArray()), v => Assert.Equal(0, v));
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F64")]
    [InlineData("F16")]
    public async Task Rows_of_each_kind_of_number_are_read(string type)
    {
        float[] rows = [0, 0, 0, 0, 0.5f, -2, 1, 3, 4, 0.25f];
        byte[] bytes = type switch { "F32" => Bytes(rows), "F64" => [.. rows.SelectMany(v => BitConverter.GetBytes((double)v))], _ => [.. rows.SelectMany(v => BitConverter.GetBytes((Half)v))] };
        Write(false, ("embeddings", type, [5, 2], bytes));
        using var model = EmbeddingModel.Load(folder);
        Assert.Equal(new[] { 2.25f, -0.875f }, (await model.GenerateAsync(["redish"], cancellationToken: Cancel))[0].Vector.ToArray());
    }

    [Theory]
    [InlineData("F32", 4, 2, "array \"embeddings\": 4 rows, the tokenizer 5 tokens")]
    [InlineData("I16", 5, 2, "array \"embeddings\": type I16")]
    [InlineData("F32", 1L << 40, 2, "array \"embeddings\": data_offsets")]
    [InlineData("I8", long.MaxValue, 65536, "array \"embeddings\": data_offsets")]
    [InlineData("F32", -5, 2, "array \"embeddings\": shape")]
    [InlineData("F32", 5, 0, "array \"embeddings\": shape")]
    public void A_claim_that_does_not_hold_is_refused_by_file_and_field(string type, long rows, long dimensions, string said)
    {
        Write(true, ("embeddings", type, [rows, dimensions], new byte[rows is > 0 and < 10 ? rows * dimensions * (type == "I16" ? 2 : 4) : 40]));
        var e = Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder));
        Assert.EndsWith("model.safetensors", e.Path, StringComparison.Ordinal);
        Assert.Contains(said, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_out_of_the_table_and_numbers_that_are_none_are_refused()
    {
        Write(true, ("embeddings", "F32", [2, 1], new byte[8]), ("mapping", "I64", [5], [.. new long[] { 0, 1, 2, 0, 0 }.SelectMany(BitConverter.GetBytes)]));
        Assert.Contains("\"mapping\": [2] is 2", Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder)).Message, StringComparison.Ordinal);
        Write(true, ("embeddings", "F32", [5, 1], Bytes([0, 0, float.NaN, 0, 0])));
        Assert.Contains("finite", Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_of_a_good_file_is_refused()
    {
        Write(true, ("embeddings", "F32", [5, 2], new byte[40]));
        string path = Path.Combine(folder, "model.safetensors");
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder));
        }
    }

    [Theory]
    [InlineData("\"type\":\"WordPiece\"", "\"type\":\"Unigram\"", "Unigram")]
    [InlineData("\"type\":\"BertPreTokenizer\"", "\"type\":\"Metaspace\"", "Metaspace")]
    public void Another_kind_of_tokenizer_is_refused_by_name(string from, string to, string named)
    {
        Write(true, ("embeddings", "F32", [5, 2], new byte[40]));
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(named, Assert.Throws<ModelFormatException>(() => EmbeddingModel.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_names_StaticEmbedding_in_modules_json_loads()
    {
        Write(false, ("embedding.weight", "F32", [5, 1], Bytes([0, 0, 3, 0, 0])));
        File.WriteAllText(Path.Combine(folder, "modules.json"), """[{"path":".","type":"sentence_transformers.models.StaticEmbedding"},{"path":"1_Normalize","type":"sentence_transformers.models.Normalize"}]""");
        using var model = EmbeddingModel.Load(folder);
        Assert.Equal(1, (await model.GenerateAsync(["red"], cancellationToken: Cancel))[0].Vector.Span[0]);
    }

    [Fact]
    public async Task The_fast_model_gives_a_text_the_same_vector_alone_and_in_a_batch()
    {
        using var model = EmbeddingModel.Load("fast");
        string[] texts = [.. Enumerable.Range(0, 1500).Select(i => $"sentence number {i} about {(i % 7 == 0 ? "" : "Crème brûlée, 漢字 and unaffableness")}")];
        var all = await model.GenerateAsync(texts, cancellationToken: Cancel);
        for (int i = 0; i < texts.Length; i += 97) Assert.Equal((await model.GenerateAsync([texts[i]], cancellationToken: Cancel))[0].Vector.ToArray(), all[i].Vector.ToArray());
        Assert.Equal(128, all[0].Vector.Length);
        Assert.Equal(64, (await model.GenerateAsync(["red"], new() { Dimensions = 64 }, Cancel))[0].Vector.Length);
    }

    // 0.8005 was measured
    [Fact]
    public async Task The_fast_model_follows_human_scores()
    {
        string[][] pairs = [.. new[] { "dev.tsv", "dev-nc.tsv" }.SelectMany(f => File.ReadLines(SharedData.Find($"data/sts-benchmark/{f}")).Skip(1)).Select(line => line.Split('\t'))];
        using var model = EmbeddingModel.Load("fast");
        var a = await model.GenerateAsync(pairs.Select(p => p[1]), cancellationToken: Cancel);
        var b = await model.GenerateAsync(pairs.Select(p => p[2]), cancellationToken: Cancel);
        double[] found = [.. a.Zip(b, (x, y) => (double)Metric.Dot(x.Vector.Span, y.Vector.Span))];
        double[] said = [.. pairs.Select(p => double.Parse(p[0], CultureInfo.InvariantCulture))];
        Assert.Equal(1500, said.Length);
        Assert.InRange(Correlation.Spearman(found, said), 0.795, 0.81);
    }

    private static byte[] Bytes(float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private void Write(bool normalize, params (string Name, string Type, long[] Shape, byte[] Data)[] tensors)
    {
        int at = 0;
        string header = "{" + string.Join(',', tensors.Select(t => $"\"{t.Name}\":{{\"dtype\":\"{t.Type}\",\"shape\":[{string.Join(',', t.Shape)}],\"data_offsets\":[{at},{at += t.Data.Length}]}}")) + "}";
        byte[] size = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, header.Length);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), [.. size, .. Encoding.ASCII.GetBytes(header), .. tensors.SelectMany(t => t.Data)]);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer);
        File.WriteAllText(Path.Combine(folder, "config.json"), $"{{\"model_type\":\"model2vec\",\"normalize\":{(normalize ? "true" : "false")}}}");
    }
}
