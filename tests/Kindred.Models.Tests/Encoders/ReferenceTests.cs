using System.Numerics.Tensors;

namespace Kindred.Models.Tests.Encoders;

/// <summary>Ids and vectors against those of Hugging Face's tokenizer and onnxruntime-node.</summary>
public sealed class ReferenceTests
{
    /// <summary>The one case that departs on purpose: "[CLS] [SEP] [MASK] [PAD] [UNK] written by a user".</summary>
    private const int TypedSpecialTokens = 53;

    [Theory]
    [InlineData("minilm")]
    [InlineData("arctic-xs")]
    public void Ids_are_those_of_the_reference(string name)
    {
        var cases = SharedData.Reference(name);
        using var model = EmbeddingModel.Load(name);
        Assert.Equal(70, cases.Count);
        Assert.Equal([TypedSpecialTokens], cases.Where(c => c.HoldsSpecialToken).Select(c => c.Index));
        foreach (var given in cases.Where(c => !c.HoldsSpecialToken))
        {
            int[] ids = model.Tokenizer.Encode(given.Text, model.MaxTokens, out int total);
            Assert.True(given.Ids.SequenceEqual(ids), $"case {given.Index}: {given.Text}");
            Assert.Equal(given.TruncatedFrom ?? given.Ids.Length, total);
            Assert.Equal(total - 2, model.Tokenizer.CountTokens(given.Text));
        }
    }

    [Fact]
    public void A_special_token_in_a_text_stays_text()
    {
        var given = SharedData.Reference("minilm")[TypedSpecialTokens];
        using var model = EmbeddingModel.Default;
        int[] ids = model.Tokenizer.Encode(given.Text, model.MaxTokens, out _);

        // "[", "cl", "##s", "]": the same as with a space after the bracket, which Hugging Face reads as text too
        Assert.Equal(model.Tokenizer.Encode(given.Text.Replace("[", "[ ", StringComparison.Ordinal), model.MaxTokens, out _), ids);
        Assert.DoesNotContain(model.Tokenizer.ClassifyId, ids[1..^1]);
        Assert.DoesNotContain(model.Tokenizer.SeparateId, ids[1..^1]);
        Assert.NotEqual(given.Ids, ids);
    }

    [Theory]
    [InlineData("minilm")]
    [InlineData("arctic-xs")]
    public async Task Vectors_are_those_of_the_reference(string name)
    {
        var cases = SharedData.Reference(name).Where(c => !c.HoldsSpecialToken).ToList();
        using var model = EmbeddingModel.Load(name);
        var results = await model.GenerateAsync(cases.Select(c => c.Text), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(cases.Count, results.Count);
        for (int i = 0; i < cases.Count; i++)
        {
            // the tolerance that the reference states for itself
            float[] expected = cases[i].Vector;
            var found = results[i].Vector.Span;
            Assert.Equal(expected.Length, found.Length);
            for (int d = 0; d < expected.Length; d++) Assert.Equal(expected[d], found[d], 2e-4f);
            Assert.True(TensorPrimitives.CosineSimilarity(expected, found) >= 0.99999f, $"case {cases[i].Index}");
        }
    }
}
