using System.Numerics.Tensors;
using Kindred.Models.Encoders;
using Kindred.Models.Tuning;
using Microsoft.Extensions.AI;

namespace Kindred.Models.Tests.Tuning;

public sealed class EncoderTuningTests
{
    private static readonly string[] Texts = ["The cat", "", "My card was charged twice and nobody at the counter could tell me why that is so.", "rain"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_changes_give_the_same_vectors()
    {
        using var model = EmbeddingModel.Default;
        Assert.True(model.CanTune);
        using var same = model.With(Changed(model, (_, _) => { }));
        var due = await model.GenerateAsync(Texts, cancellationToken: Cancel);
        var found = await same.GenerateAsync(Texts, cancellationToken: Cancel);
        for (int i = 0; i < Texts.Length; i++) AssertNear(due[i].Vector.Span, found[i].Vector.Span, 1e-6f);
        Assert.NotEqual(model.Fingerprint, same.Fingerprint);
        Assert.Equal((model.Name, model.Dimensions), (same.Name, same.Dimensions));
        Assert.False(same.CanTune);
        Assert.Throws<NotSupportedException>(() => same.Tune(["a", "b"], [0, 1], cancel: Cancel));
    }

    [Theory]
    [InlineData(0, -0.00285, 0.28296, 0.04564, 0.14264, 0.46884, -0.15442)]
    [InlineData(2, 0.10649, 0.39041, -0.0513, 0.20511, 0.50252, -0.1368)]
    [InlineData(5, 0.11798, 0.36743, -0.07602, 0.24417, 0.48964, -0.10672)]
    public async Task Changed_weights_give_what_an_independent_implementation_gives_with_them(int layer, params double[] due)
    {
        // Golden/layers.py model.onnx --shift LAYER 101 1996 4937 102, lines 2 and 5; each kind of weight has a change of its own, so none can stand for another
        using var model = EmbeddingModel.Default;
        using var tuned = model.With(Changed(model, (l, change) =>
        {
            for (int kind = 0; kind < 16 && l == layer; kind++)
                for (int i = 0; i < change[kind].Length; i++) change[kind][i] += (kind + 1) / 1024f;
        }));
        var (_, layers) = await tuned.GenerateWithLayersAsync(["The cat"], cancellationToken: Cancel);
        for (int d = 0; d < 3; d++)
        {
            Assert.Equal(due[d], layers![0].Span[d], 2e-4);
            Assert.Equal(due[3 + d], layers[0].Span[(3 * 384) + d], 2e-4);
        }
    }

    [Fact]
    public async Task A_tuned_model_gives_the_same_on_one_thread_and_on_many_and_each_time()
    {
        using var model = EmbeddingModel.Load("minilm", new EmbeddingModelOptions { Threads = 2 });
        var tuning = Changed(model, (l, change) =>
        {
            if (l == 5) change[15][7] += 2;
        });
        using EmbeddingModel first = model.With(tuning), second = model.With(EncoderTuning.FromBytes(tuning.ToBytes()));
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        float[] due = (await model.GenerateWithLayersAsync(["rain"], cancellationToken: Cancel)).Layers![0].Span[^384..].ToArray();
        due[7] += 2;
        float norm = TensorPrimitives.Norm<float>(due);
        TensorPrimitives.Divide(due, norm, due);
        var alone = (await first.GenerateAsync("rain", cancellationToken: Cancel)).Vector;
        Assert.Equal(alone.ToArray(), (await second.GenerateAsync("rain", cancellationToken: Cancel)).Vector.ToArray());
        AssertNear(due, alone.Span, 1e-5f);

        // so many batches are shared among sessions of one thread each
        string[] many = [.. Enumerable.Range(0, 80).Select(i => string.Join(' ', Enumerable.Repeat("sun", 200 + (i % 40)))), "rain"];
        Assert.True(BatchPlan.Of([.. many.Select(text => model.Tokenizer.Encode(text, model.MaxTokens, out _).Length)]).Count >= 32);
        var shared = await first.GenerateAsync(many, cancellationToken: Cancel);
        AssertNear(alone.Span, shared[^1].Vector.Span, 1e-5f);
    }

    [Fact]
    public void Bytes_are_read_back_and_any_other_bytes_refused()
    {
        var tuning = Small("0123456789abcdef", 1, -0.5f, 3e-8f);
        byte[] bytes = tuning.ToBytes().ToArray();
        var read = EncoderTuning.FromBytes(bytes);
        Assert.Equal(tuning.Model, read.Model);
        Assert.Equal([(Half)1, (Half)(-0.5f), Half.Epsilon], read.Changes[..3].ToArray());
        Assert.Equal(tuning.Changes.ToArray(), read.Changes.ToArray());
        Assert.Equal(tuning.Fingerprint(), read.Fingerprint());
        Assert.NotEqual(tuning.Fingerprint(), Small("0123456789abcdef", 1, -0.5f, 0).Fingerprint());
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Throws<ModelFormatException>(() => EncoderTuning.FromBytes(bytes.AsMemory(0, i)));
            byte[] changed = (byte[])bytes.Clone();
            changed[i] ^= 0x41;
            var e = Assert.Throws<ModelFormatException>(() => EncoderTuning.FromBytes(changed));
            Assert.NotEqual("", e.Field);
        }

        Assert.Throws<ModelFormatException>(() => EncoderTuning.FromBytes((byte[])[.. bytes, 0]));
    }

    [Fact]
    public void Changes_that_are_no_numbers_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => Small("a", float.NaN));
        Assert.Throws<InvalidDataException>(() => Small("a", 1e6f));

        // with a checksum that fits them
        byte[] bytes = Small("a", 1).ToBytes().ToArray();
        (bytes[17], bytes[18]) = (0, 0x7c);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - 8), System.IO.Hashing.XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8)));
        var e = Assert.Throws<ModelFormatException>(() => EncoderTuning.FromBytes(bytes));
        Assert.Equal("changes", e.Field);
    }

    [Fact]
    public void A_tuning_of_another_model_is_refused()
    {
        using var model = EmbeddingModel.Default;
        var e = Assert.Throws<ArgumentException>(() => model.With(Small("of another")));
        Assert.Contains("of another", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<ArgumentException>(() => model.With(Small(model.Fingerprint)));
        Assert.Contains("16 weights", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_learnt_from_is_refused()
    {
        using var model = EmbeddingModel.Default;
        Assert.Throws<ArgumentException>(() => model.Tune(["a", "b"], [0], cancel: Cancel));
        Assert.Throws<ArgumentException>(() => model.Tune(["a", "b"], [3, 3], cancel: Cancel));
        Assert.Throws<ArgumentException>(() => model.Tune(["a", null!], [0, 1], cancel: Cancel));
        Assert.Throws<ArgumentException>(() => model.Tune([], [], cancel: Cancel));
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Tune(["a", "b"], [0, 1], cancel: Cancel));
    }

    /// <summary>A tuning of a model: told the number of each layer and its weights, to change them.</summary>
    private static EncoderTuning Changed(EmbeddingModel model, Action<int, float[][]> change)
    {
        var file = BertWeightsFile.Find(ModelFolder.Read(model.Folder))!;
        var after = file.ReadLayers();
        for (int l = 0; l < after.Length; l++) change(l, after[l].All);
        return EncoderTuning.Of(file.ReadLayers(), after, model.Fingerprint);
    }

    /// <summary>A layer whose sixteen weights have a value each, zero but for the first.</summary>
    private static EncoderTuning Small(string model, params float[] changes)
    {
        BertLayerWeights zero = BertLayerWeights.Of([.. Enumerable.Range(0, 16).Select(_ => new float[1])]), after = BertLayerWeights.Of([.. Enumerable.Range(0, 16).Select(i => new[] { i < changes.Length ? changes[i] : 0 })]);
        return EncoderTuning.Of([zero], [after], model);
    }

    private static void AssertNear(ReadOnlySpan<float> due, ReadOnlySpan<float> found, float within)
    {
        Assert.Equal(due.Length, found.Length);
        for (int i = 0; i < due.Length; i++) Assert.Equal(due[i], found[i], within);
    }
}
