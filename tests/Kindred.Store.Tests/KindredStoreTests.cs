using System.Text.Json;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests;

public sealed class KindredStoreTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_added_is_found_after_reopening_in_one_file()
    {
        using var temp = new TempFolder();
        var model = new FakeModel();
        await using (var store = await temp.OpenAsync(model))
        {
            var report = await store.PutAsync(
                Doc("a", "keep the fan of your laptop clean", ("topic", "hardware"), ("stars", 4)),
                Doc("b", "choose a long password"),
                Doc("c", "back up your photos weekly"));
            Assert.Equal((3, 3, 0), (report.Documents, report.Chunks, report.TruncatedTexts));
        }
        Assert.Equal([temp.Store], Directory.GetFiles(temp.Root));   // the write-ahead log is gone once nobody has the store open

        await using (var store = await temp.OpenAsync(model))
        {
            var hits = await store.FindAsync("clean laptop fan", k: 2);
            Assert.Equal(2, hits.Count);
            var hit = hits[0];
            Assert.Equal((1, "a", "", "keep the fan of your laptop clean"), (hit.Rank, hit.DocumentId, hit.Source, hit.Text));
            Assert.Equal((0, hit.Text.Length, 1), (hit.Start, hit.End, hit.Line));
            Assert.Equal("hardware", hit.Payload["topic"].GetString());
            Assert.Equal(4, hit.Payload["stars"].GetInt32());
            Assert.Equal(Math.Sqrt(3.0 / 7), hit.Score, 1e-6);   // 3 of 7 words, 3 of 3
            await store.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task The_query_prompt_stands_before_questions_alone()
    {
        using var temp = new TempFolder();
        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model);
        await store.PutAsync(Doc("a", "text"));
        await store.FindAsync("text");
        Assert.Equal([null, "query"], model.Prompts);
    }

    [Theory, InlineData(1), InlineData(3), InlineData(10), InlineData(int.MaxValue)]   // field case 17: no padding
    public async Task K_beyond_the_store_gives_what_there_is(int k)
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Doc("a", "one"), Doc("b", "two"), Doc("c", "three"));
        var hits = await store.FindAsync("one", k);
        Assert.Equal(Math.Min(k, 3), hits.Count);
        Assert.Equal(Enumerable.Range(1, hits.Count), hits.Select(h => h.Rank));
        Assert.Equal(hits.Count, hits.Select(h => h.Id).Distinct().Count());
    }

    [Fact]
    public async Task All_of_two_thousand_are_found_once_each()   // field case 19
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync([.. Enumerable.Range(0, 2000).Select(i => Doc($"d{i}", Noise(i, 12)))]);
        var hits = await store.FindAsync(Noise(7, 12), 2000);
        Assert.Equal(2000, hits.Select(h => h.DocumentId).Distinct().Count());
        Assert.Equal("d7", hits[0].DocumentId);
        Assert.All(hits.Zip(hits.Skip(1)), pair => Assert.True(pair.First.Score >= pair.Second.Score));
    }

    [Fact]
    public async Task Bad_arguments_are_refused_at_the_call()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        Assert.Empty(await store.FindAsync("anything"));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.SearchAsync("x", 0, cancellationToken: Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.SearchAsync(new float[96], 0, cancellationToken: Cancel));
        Assert.ThrowsAny<ArgumentException>(() => store.SearchAsync("  \n", cancellationToken: Cancel));
        Assert.Throws<Kindred.Store.Filters.FilterSyntaxException>(() => store.SearchAsync("x", filter: "a ==", cancellationToken: Cancel));
        Assert.Throws<InvalidVectorException>(() => store.SearchAsync(new float[3], cancellationToken: Cancel));
        var query = new float[96];
        query[5] = float.NaN;
        Assert.Equal(5, Assert.Throws<InvalidVectorException>(() => store.SearchAsync(query, cancellationToken: Cancel)).Component);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.PutAsync(Doc("", "text")));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.RemoveAsync("", Cancel));
    }

    [Fact]
    public async Task The_last_document_of_an_id_wins()   // field case 11
    {
        using var temp = new TempFolder();
        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model);
        await store.PutAsync(Doc("1", "first"), Doc("2", "other"), Doc("1", "second"));
        Assert.Equal(2, store.ReadInfo().Chunks);
        Assert.Equal("second", (await store.FindAsync("second", 1, null))[0].Text);
        await store.PutAsync(Doc("1", "third"));
        Assert.Equal((2, 2), ((int)store.ReadInfo().Documents, (int)store.ReadInfo().Chunks));
        Assert.Equal(["other", "third"], (await store.FindAsync("x")).Select(h => h.Text).Order());

        int embedded = model.Texts;
        var again = await store.PutAsync(Doc("1", "third"), Doc("2", "other"));
        Assert.Equal((0, 0, embedded), (again.Documents, again.Chunks, model.Texts));

        // far apart in one call, over more than one group
        await store.PutAsync([Doc("x", "early"), .. Enumerable.Range(0, 1500).Select(i => Doc($"n{i}", $"number {i}")), Doc("x", "late")]);
        Assert.Equal("late", (await store.FindAsync("late", 1))[0].Text);
        Assert.Equal(1, (await store.FindAsync("early", 3000)).Count(h => h.DocumentId == "x"));
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Removed_ids_that_come_back_find_themselves()   // field case 2
    {
        using var temp = new TempFolder();
        var vectors = new Dictionary<string, float[]> { ["1"] = [0.1f, 0.7f], ["2"] = [-10.1f, -0.7f], ["3"] = [5.1f, 7f] };
        await using var store = await temp.OpenAsync(new FakeModel(dimensions: 2) { Special = t => vectors.GetValueOrDefault(t) });
        await store.PutAsync([.. vectors.Keys.Select(k => Doc(k, k))]);
        Assert.Equal(3, (await store.FindAsync([1f, 1f])).Count);
        var before = (await store.FindAsync([1f, 1f])).Select(h => h.Id);
        foreach (string id in (string[])["2", "1", "3"]) Assert.Equal(1, await store.RemoveAsync(id, Cancel));
        Assert.Empty(await store.FindAsync([1f, 1f]));
        foreach (string id in vectors.Keys) await store.PutAsync(Doc(id, id));
        foreach (var (id, vector) in vectors)
        {
            var hit = (await store.FindAsync(vector, 1))[0];
            Assert.Equal(id, hit.DocumentId);
            Assert.Equal(1, hit.Score, 1e-6);
        }
        Assert.Empty(before.Intersect((await store.FindAsync([1f, 1f])).Select(h => h.Id)));   // a chunk's id is never given again
    }

    [Fact]
    public async Task Deleting_one_of_two_far_clusters_leaves_the_other()   // field case 1
    {
        using var temp = new TempFolder();
        var random = new Random(1);
        await using var store = await temp.OpenAsync(new FakeModel(dimensions: 4)
        {
            Special = t => [t[0] == 'A' ? 1 : -1, t[0] == 'A' ? 1 : -1, 0.1f * random.NextSingle(), 0.1f * random.NextSingle()],
        });
        foreach (string cluster in (string[])["A", "B"])
            await store.AddAsync(Enumerable.Range(0, 1000).Select(i => Doc($"{cluster}{i}", $"{cluster} {i}")), cluster, cancellationToken: Cancel);
        Assert.All(await store.FindAsync([1f, 1f, 0f, 0f]), h => Assert.Equal("A", h.Source));
        Assert.Equal(1000, await store.RemoveAsync("A", Cancel));
        var hits = await store.FindAsync([1f, 1f, 0f, 0f]);
        Assert.Equal(10, hits.Count);
        Assert.All(hits, h => Assert.Equal("B", h.Source));
    }

    [Fact]
    public async Task A_zero_vector_is_stored_and_scores_zero()   // field case 14
    {
        using var temp = new TempFolder();
        var vectors = new Dictionary<string, float[]> { ["x"] = [1, 0, 0], ["zero"] = [0, 0, 0], ["near"] = [0.9f, 0.1f, 0] };
        await using var store = await temp.OpenAsync(new FakeModel(dimensions: 3) { Special = t => vectors.GetValueOrDefault(t) });
        await store.PutAsync([.. vectors.Keys.Select(k => Doc(k, k))]);
        var hits = await store.FindAsync([1f, 0f, 0f], 3);
        Assert.Equal(["x", "near", "zero"], hits.Select(h => h.Text));
        Assert.Equal(0, hits[2].Score);
        Assert.All(await store.FindAsync([0f, 0f, 0f], 3), h => Assert.Equal(0, h.Score));
        await store.AssertSoundAsync();
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(float.NegativeInfinity)]   // field case 16
    public async Task A_vector_that_is_none_is_refused_and_nothing_stored(float bad)
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(dimensions: 8) { Special = t => t == "bad" ? [1, 1, 1, bad, 1, 1, 1, 1] : null });
        var error = await Assert.ThrowsAsync<InvalidVectorException>(() => store.PutAsync(Doc("good", "good"), Doc("row500", "bad")));
        Assert.Equal(3, error.Component);
        Assert.Contains("row500", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(0, store.ReadInfo().Chunks);
        var wrong = await Assert.ThrowsAsync<InvalidVectorException>(async () =>
        {
            await using var other = await KindredStore.OpenAsync(Path.Combine(temp.Root, "b"), new FakeModel(dimensions: 8) { Special = _ => [1, 2] }, Cancel);
            await other.PutAsync(Doc("a", "a"));
        });
        Assert.Equal(-1, wrong.Component);
    }

    [Fact]
    public async Task Scores_stay_within_one()   // field case 22
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync([.. Enumerable.Range(0, 300).Select(i => Doc($"d{i}", Noise(i, 40)))]);
        for (int i = 0; i < 300; i++)
        {
            var hit = (await store.FindAsync(Noise(i, 40), 1))[0];
            Assert.Equal($"d{i}", hit.DocumentId);
            Assert.InRange(hit.Score, 1 - 1e-6f, 1f);
        }
    }

    [Fact]
    public async Task A_chunk_is_its_documents_text_from_start_to_end()   // field case 44
    {
        using var temp = new TempFolder();
        string line = "The same line 🙂 each time, über and ober.\n", text = string.Concat(Enumerable.Repeat(line, 500));
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Doc("twice", text));
        var hits = await store.FindAsync("same line", 1000);
        Assert.True(hits.Count > 20);
        Assert.All(hits, h => Assert.Equal(text[h.Start..h.End], h.Text));
        Assert.All(hits, h => Assert.Equal(1 + text.AsSpan(0, h.Start).Count('\n'), h.Line));
        Assert.Equal(hits.Count, hits.Select(h => h.Start).Distinct().Count());
    }

    [Fact]
    public async Task Odd_text_is_stored_whole()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        string text = "before\0after \uD800 lone \uDC00\uD83D\uDE42 \u200B \uFFFF \uFEFF end";
        await store.PutAsync(Doc("nul\0", text, ("k\"e\\y", "v\0w")), Doc("blank", " \n "), Doc("empty", ""), Doc("long", new string('x', 1_000_000)));
        var hit = (await store.FindAsync("end", 1))[0];
        Assert.Equal(text.Replace('\uD800', '\uFFFD').Replace("\uDC00\uD83D", "\uFFFD\uD83D"), hit.Text);
        Assert.Equal("v\0w", hit.Payload["k\"e\\y"].GetString());
        Assert.Equal(4, store.ReadInfo().Documents);
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Texts_that_say_nothing_harm_no_others()   // field case 31
    {
        using var temp = new TempFolder();
        temp.File("docs/t.tsv", $"text\tn\n\t1\n   \t2\n🙂\t3\n\u200B\t4\n{new string('x', 1_000_000)}\t5\nplain words\t6\n");
        await using var store = await temp.OpenAsync(new FakeModel());
        Assert.Empty((await store.IndexAsync(temp.Documents())).Skipped);
        var hits = await store.FindAsync("plain words", int.MaxValue);
        Assert.Equal(6, hits[0].Payload["n"].GetInt32());
        Assert.All(hits, h => Assert.True(float.IsFinite(h.Score)));
        Assert.Equal([3, 4, 5, 6], hits.Select(h => h.Payload["n"].GetInt32()).Distinct().Order());
        Assert.All(await store.FindAsync("🙂", int.MaxValue), h => Assert.Equal(0, h.Score));   // the model knows no word of it
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Removing_takes_a_source_or_a_document()
    {
        using var temp = new TempFolder();
        temp.File("docs/a.txt", "alpha text");
        temp.File("docs/sub/b.txt", "beta text");
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.IndexAsync(temp.Documents());
        await store.PutAsync(Doc("mine", "gamma text"));
        Assert.Equal(1, await store.RemoveAsync("sub/b.txt", Cancel));
        Assert.Equal(1, await store.RemoveAsync(Path.Combine(temp.Root, "docs", "a.txt"), Cancel));
        Assert.Equal(1, await store.RemoveAsync("mine", Cancel));
        Assert.Equal(0, await store.RemoveAsync("mine", Cancel));
        Assert.Equal((0, 0), ((int)store.ReadInfo().Documents, (int)store.ReadInfo().Chunks));
        Assert.Empty(await store.FindAsync("text"));
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Chunks_can_be_read_with_their_vectors()
    {
        using var temp = new TempFolder();
        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model);
        await store.PutAsync(Doc("a", "alpha", ("n", 1)), Doc("b", "beta", ("n", 2)));
        Assert.Equal(["alpha", "beta"], store.ReadChunks(cancellationToken: Cancel).Select(c => c.Passage.Text));
        var only = Assert.Single(store.ReadChunks("n > 1", Cancel));
        Assert.Equal(model.Vector("beta"), only.Vector);
    }

    [Fact]
    public void Payload_values_survive_whatever_their_kind()
    {
        using var json = JsonDocument.Parse("""{"a":[1,"x",null,{"b":1e3}],"ü\"\\":"\u0000\ud83d\ude42","n":-12345678901234567890}""");
        var payload = json.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        var back = Kindred.Store.Storage.DocumentRow.Fields(Kindred.Store.Storage.DocumentRow.Of(Doc("d", "t") with { Payload = payload }).Payload);
        Assert.Equal(payload.Keys.Order(), back.Keys.Order());
        Assert.All(payload, p => Assert.True(JsonElement.DeepEquals(p.Value, back[p.Key])));
    }
}
