using System.Numerics.Tensors;
using Kindred.Models.Tokenizers;
using Microsoft.Extensions.AI;
using Tokenizers.DotNet;

namespace Kindred.Models.Tests.Encoders;

/// <summary>What a caller of the encoder may rely on.</summary>
public sealed class EmbeddingModelTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vector_does_not_depend_on_its_neighbours()
    {
        var texts = SharedData.Reference("minilm").Select(c => c.Text).ToList();
        using var model = EmbeddingModel.Default;
        var together = await model.GenerateAsync(texts, cancellationToken: Cancel);
        for (int i = 0; i < texts.Count; i++)
        {
            var alone = (await model.GenerateAsync([texts[i]], cancellationToken: Cancel))[0].Vector;
            for (int d = 0; d < alone.Length; d++) Assert.Equal(alone.Span[d], together[i].Vector.Span[d], 1e-5f);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Many_texts_on_many_threads_keep_their_order(int threads)
    {
        // 4 threads open a session of their own for so many batches; each vector has a closed form
        using var folder = new TinyFolder();
        using var model = EmbeddingModel.Load(folder.Path, new EmbeddingModelOptions { Threads = threads });
        var random = new Random(7);
        string[] texts = [.. Enumerable.Range(0, 5000).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(0, 60)).Select(_ => TinyFolder.Vocabulary[random.Next(4, 7)])))];
        for (int round = 0; round < 2; round++)
        {
            var results = await model.GenerateAsync(texts, cancellationToken: Cancel);
            for (int i = 0; i < texts.Length; i++)
            {
                int[] ids = [2, .. texts[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => Array.IndexOf(TinyFolder.Vocabulary, w)), 3];
                for (int j = 0; j < TinyFolder.Width; j++) Assert.Equal(ids.Average(id => (double)folder.Table[id][j]), results[i].Vector.Span[j], 1e-5);
            }
        }
    }

    [Fact]
    public async Task A_cut_text_is_reported()
    {
        // field case 28: two texts that differ only behind the limit
        string shared = string.Join(' ', Enumerable.Repeat("river", 400));
        string[] texts = [shared + string.Join(' ', Enumerable.Repeat(" boat", 200)), "short", shared + string.Join(' ', Enumerable.Repeat(" fish", 200))];
        using var model = EmbeddingModel.Default;
        var results = await model.GenerateAsync(texts, cancellationToken: Cancel);
        Assert.Equal(2, results.AdditionalProperties!["truncated"]);
        Assert.Equal(602, results[0].AdditionalProperties!["tokens"]);
        Assert.Null(results[1].AdditionalProperties);
        Assert.Equal(602, results[2].AdditionalProperties!["tokens"]);
        Assert.Equal(256 + 3 + 256, results.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task A_query_gets_its_prompt_and_a_passage_none()
    {
        const string Prefix = "Represent this sentence for searching relevant passages: ", Question = "Who wrote it?";
        using var model = EmbeddingModel.Load("arctic-xs");
        var plain = await model.GenerateAsync([Question, Prefix + Question], cancellationToken: Cancel);
        var asked = await model.GenerateAsync([Question], EmbeddingPrompt.Query, Cancel);
        Assert.True(TensorPrimitives.CosineSimilarity(plain[1].Vector.Span, asked[0].Vector.Span) > 0.99999f);
        Assert.True(TensorPrimitives.CosineSimilarity(plain[0].Vector.Span, asked[0].Vector.Span) < 0.99f);

        // a model without that prompt takes the text as it is; a prompt that nobody knows is a mistake
        using var minilm = EmbeddingModel.Default;
        var same = await minilm.GenerateAsync([Question], EmbeddingPrompt.Query, Cancel);
        Assert.Equal((await minilm.GenerateAsync([Question], cancellationToken: Cancel))[0].Vector.ToArray(), same[0].Vector.ToArray());
        var e = await Assert.ThrowsAsync<ArgumentException>(() => model.GenerateAsync(["x"], EmbeddingPrompt.Named("qurey"), Cancel));
        Assert.Contains("query", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_query_prompt_finds_more()
    {
        string[] passages = [.. File.ReadLines(SharedData.Find("data/xquad/docs.jsonl")).Take(80)];
        var documents = passages.Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement).ToList();
        string[] ids = [.. documents.Select(d => d.GetProperty("id").ToString())];
        var questions = Xquad.Questions().Where(q => ids.Contains(q.Document)).Take(150).ToList();
        Assert.True(questions.Count >= 100);

        using var model = EmbeddingModel.Load("arctic-xs");
        var corpus = await model.GenerateAsync(documents.Select(d => d.GetProperty("text").GetString()!), cancellationToken: Cancel);
        double with = await Accuracy(EmbeddingPrompt.Query), without = await Accuracy(null);
        Assert.True(with > without, $"with the prompt {with:F3}, without {without:F3}");
        Assert.True(with > 0.9, $"with the prompt {with:F3}");

        async Task<double> Accuracy(EmbeddingGenerationOptions? options)
        {
            var vectors = await model.GenerateAsync(questions.Select(q => q.Text), options, Cancel);
            return questions.Select((q, i) => ids[Best(vectors[i].Vector)] == q.Document ? 1.0 : 0.0).Average();
        }

        int Best(ReadOnlyMemory<float> query) =>
            Enumerable.Range(0, ids.Length).MaxBy(d => TensorPrimitives.Dot(query.Span, corpus[d].Vector.Span));
    }

    [Fact]
    public async Task Fewer_dimensions_are_the_first_ones_again_of_length_one()
    {
        using var model = EmbeddingModel.Default;
        var whole = (await model.GenerateAsync(["a cat"], cancellationToken: Cancel))[0].Vector.ToArray();
        var cut = (await model.GenerateAsync(["a cat"], new EmbeddingGenerationOptions { Dimensions = 64 }, Cancel))[0].Vector.ToArray();
        double norm = Math.Sqrt(whole.Take(64).Sum(v => (double)v * v));
        Assert.Equal(64, cut.Length);
        for (int d = 0; d < 64; d++) Assert.Equal(whole[d] / norm, cut[d], 1e-6);
        var e = await Assert.ThrowsAsync<ArgumentException>(() => model.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 385 }, Cancel));
        Assert.Contains("385", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Odd_texts_have_finite_vectors_and_leave_the_others_alone()
    {
        // field case 31
        string[] texts = ["", "   ", "🙂", "\u200B", new string('x', 1_000_000), "\0\0", "\uD800", "a cat", string.Concat(Enumerable.Repeat("é漢", 500_000))];
        using var model = EmbeddingModel.Default;
        var results = await model.GenerateAsync(texts, cancellationToken: Cancel);
        foreach (var result in results) Assert.Equal(1, TensorPrimitives.Norm(result.Vector.Span), 1e-5f);
        Assert.Equal(results[0].Vector.ToArray(), results[1].Vector.ToArray());
        Assert.Equal(results[0].Vector.ToArray(), results[3].Vector.ToArray());
        var alone = (await model.GenerateAsync(["a cat"], cancellationToken: Cancel))[0].Vector.ToArray();
        for (int d = 0; d < alone.Length; d++) Assert.Equal(alone[d], results[7].Vector.Span[d], 1e-5f);
    }

    [Fact]
    public void Signs_are_not_lost()
    {
        // field case 25, against Hugging Face's own tokenizer
        string folder = ModelCatalog.Find("minilm")!.Folder;
        using var reference = new Tokenizer(Path.Combine(folder, "tokenizer.json"));
        var own = WordPieceTokenizer.Load(folder);
        foreach (string text in new[] { "£5 > $3, 20°C 🙂", "$ + = < > | ~ ^ ° ©", "C++", "C#", "C" })
        {
            Assert.Equal(reference.Encode(text).Select(i => (int)i), own.Encode(text, 256, out _));
        }
    }

    [Fact]
    public async Task Signs_change_the_meaning_and_line_breaks_do_not()
    {
        using var model = EmbeddingModel.Default;
        var v = await model.GenerateAsync(["C++", "C", "C#", "note\nbook", "note book", "note\tbook", "notebook"], cancellationToken: Cancel);
        float Cosine(int a, int b) => TensorPrimitives.CosineSimilarity(v[a].Vector.Span, v[b].Vector.Span);
        Assert.True(Cosine(0, 1) < 0.95f && Cosine(0, 2) < 0.95f && Cosine(1, 2) < 0.95f);

        // field case 26
        Assert.Equal(1, Cosine(3, 4), 1e-6f);
        Assert.Equal(1, Cosine(5, 4), 1e-6f);
        Assert.True(Cosine(3, 6) < 0.99f);
    }

    [Fact]
    public async Task No_text_gives_no_vector()
    {
        using var model = EmbeddingModel.Default;
        var results = await model.GenerateAsync([], cancellationToken: Cancel);
        Assert.Empty(results);
        Assert.Equal(0, results.AdditionalProperties!["truncated"]);
        var e = await Assert.ThrowsAsync<ArgumentException>(() => model.GenerateAsync(["a", null!], cancellationToken: Cancel));
        Assert.Contains("Text 1", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Cancelling_ends_a_run_that_is_under_way(int threads)
    {
        // an hour of work; the test ends because cancelling works
        string text = string.Join(' ', Enumerable.Repeat("river", 250));
        using var model = EmbeddingModel.Load("minilm", new EmbeddingModelOptions { Threads = threads });
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var run = model.GenerateAsync(Enumerable.Repeat(text, 100_000), cancellationToken: source.Token);
        source.CancelAfter(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.GenerateAsync(["a"], cancellationToken: source.Token));

        // the model is as good as before
        Assert.Single(await model.GenerateAsync(["a"], cancellationToken: Cancel));
    }

    [Fact]
    public async Task Disposing_lets_running_calls_end_and_refuses_new_ones()
    {
        var model = EmbeddingModel.Default;
        var run = model.GenerateAsync(Enumerable.Repeat("a longer text about a river and a boat", 300), cancellationToken: Cancel);
        model.Dispose();
        model.Dispose();
        Assert.Equal(300, (await run).Count);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => model.GenerateAsync(["a"], cancellationToken: Cancel));
    }

    [Fact]
    public async Task Many_calls_at_once_do_not_mix()
    {
        using var model = EmbeddingModel.Default;
        string[] texts = [.. SharedData.Reference("minilm").Where(c => c.Ids.Length < 40).Select(c => c.Text)];
        var expected = await model.GenerateAsync(texts, cancellationToken: Cancel);
        await Parallel.ForEachAsync(Enumerable.Range(0, texts.Length * 2), Cancel, async (n, cancel) =>
        {
            int i = n % texts.Length;
            var found = (await model.GenerateAsync([texts[i]], cancellationToken: cancel))[0].Vector;
            for (int d = 0; d < found.Length; d++) Assert.Equal(expected[i].Vector.Span[d], found.Span[d], 1e-5f);
        });
    }

    [Fact]
    public void It_says_what_it_is()
    {
        using var model = EmbeddingModel.Load("ARCTIC-XS");
        Assert.Equal(("snowflake-arctic-embed-xs", 384, 512), (model.Name, model.Dimensions, model.MaxTokens));
        var metadata = model.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("kindred", "snowflake-arctic-embed-xs", 384), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Same(model, model.GetService<EmbeddingModel>());
        Assert.Same(model, model.GetService<IEmbeddingGenerator<string, Embedding<float>>>());
        Assert.Same(model.Tokenizer, model.GetService<WordPieceTokenizer>());
        Assert.Null(model.GetService<string>());
        Assert.Null(model.GetService(typeof(EmbeddingModel), "key"));
    }

    [Fact]
    public void A_fingerprint_changes_with_what_decides_a_vector()
    {
        using var folder = new TinyFolder("Transformer Pooling Normalize");
        string first = Fingerprint();
        Assert.Equal(first, Fingerprint());
        folder.Write("README.md", "nothing that counts");
        Assert.Equal(first, Fingerprint());

        var seen = new HashSet<string> { first };
        folder.Write("config_sentence_transformers.json", "{\"prompts\":{\"query\":\"query: \"}}");
        Assert.True(seen.Add(Fingerprint()));
        folder.Write("1_Pooling/config.json", "{\"pooling_mode_cls_token\":true}");
        Assert.True(seen.Add(Fingerprint()));
        folder.Modules("Transformer Pooling");
        Assert.True(seen.Add(Fingerprint()));
        folder.Write("vocab.txt", string.Join('\n', TinyFolder.Vocabulary) + "\nyellow\n");
        Assert.True(seen.Add(Fingerprint()));
        folder.Write("tokenizer_config.json", "{\"do_lower_case\":false}");
        Assert.True(seen.Add(Fingerprint()));
        folder.Table[4][0]++;
        folder.Write("model.onnx", TinyNetwork.Lookup(folder.Table));
        Assert.True(seen.Add(Fingerprint()));

        string Fingerprint()
        {
            using var model = EmbeddingModel.Load(folder.Path);
            return model.Fingerprint;
        }
    }

    [Fact]
    public void Threads_have_a_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EmbeddingModelOptions { Threads = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new EmbeddingModelOptions { Threads = 1025 });
    }
}
