using Kindred.Store.Search;
using Kindred.Store.Storage;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Search;

public sealed class HybridTests
{
    private static readonly SearchOptions Hybrid = new() { Method = SearchMethod.Hybrid };
    private static readonly SearchOptions Words = new() { Method = SearchMethod.Words };

    [Theory]
    [InlineData(Fusion.Weighted)]
    [InlineData(Fusion.Ranks)]
    public async Task The_one_text_with_the_keyword_comes_first_and_a_filter_binds_both_arms(Fusion fusion)   // field case 47
    {
        using var temp = new TempFolder();
        // the vector of the keyword is that of text 7, so meaning alone is led astray
        var model = new FakeModel();
        model.Special = text => text.Contains("ZX-4471", StringComparison.Ordinal) && text.Length < 20 ? model.Vector(Noise(7, 30)) : null;
        await using var store = await temp.OpenAsync(model);
        await store.PutAsync([.. Enumerable.Range(0, 1000).Select(i => Doc($"d{i}", i == 500 ? $"{Noise(500, 30)} ZX-4471 {Noise(501, 10)}" : Noise(i, 30), ("part", i == 500)))]);
        var options = Hybrid with { Fusion = fusion };
        var hits = await store.AllAsync("ZX-4471", options);
        if (fusion == Fusion.Weighted) Assert.Equal("d500", hits[0].DocumentId);
        else Assert.Contains("d500", hits.Take(2).Select(h => h.DocumentId));   // places alone tie two leaders
        Assert.Equal(10, hits.Count);
        Assert.True(hits.First(h => h.DocumentId == "d500").WordScore > 0);
        var others = await store.AllAsync("ZX-4471", options with { Filter = "part = false" });
        Assert.DoesNotContain("d500", others.Select(h => h.DocumentId));
        Assert.Empty(await store.AllAsync("ZX-4471", Words with { Filter = "part = false" }));
        Assert.Equal("d500", Assert.Single(await store.AllAsync("zx-4471", Words)).DocumentId);
    }

    [Fact]
    public async Task Words_are_weighed_by_BM25()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        string[] texts = ["red fish blue fish", "one red hat", "two blue hats and a long tail of further words", "nothing here at all", "a cat", "a dog"];
        await store.PutAsync([.. texts.Select((t, i) => Doc($"{i}", t))]);
        var hits = await store.AllAsync("red fish", Words);
        Assert.Equal(["0", "1"], hits.Select(h => h.DocumentId));
        // Robertson and Zaragoza's formula, k1 = 1.2, b = 0.75, with idf = ln((N - n + 0.5) / (n + 0.5))
        double[] lengths = [4, 3, 10, 4, 2, 2];
        double mean = lengths.Average();
        double Idf(int n) => Math.Log((6 - n + 0.5) / (n + 0.5));
        double Part(int times, double length, int n) => Idf(n) * times * 2.2 / (times + (1.2 * (0.25 + (0.75 * length / mean))));
        Assert.Equal(Part(1, 4, 2) + Part(2, 4, 1), hits[0].Score, 4);
        Assert.Equal(Part(1, 3, 2), hits[1].Score, 4);
        Assert.Equal(hits[0].Score, hits[0].WordScore);
    }

    [Fact]
    public async Task Titles_count_and_words_are_stemmed()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Doc("a", "It stands by the wall.") with { Title = "Printers" }, Doc("b", "Something else entirely."));
        Assert.Equal("a", Assert.Single(await store.AllAsync("the printer", Words)).DocumentId);
        await store.PutAsync(Doc("a", "It stands by the wall.") with { Title = "Lamps" });
        Assert.Empty(await store.AllAsync("printer", Words));
        Assert.Single(await store.AllAsync("lamp", Words));
        await store.AssertSoundAsync();
        await store.RemoveAsync("a", TestContext.Current.CancellationToken);
        Assert.Empty(await store.AllAsync("lamp", Words));
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Removals_lower_the_counts()   // field case 52
    {
        using TempFolder one = new(), two = new();
        var all = Enumerable.Range(0, 500).Select(i => Doc($"d{i}", Noise(i % 50, 20) + " " + Noise(i + 1000, 20))).ToArray();
        await using var worn = await one.OpenAsync(new FakeModel());
        await worn.PutAsync(all);
        for (int i = 100; i < 500; i++) await worn.RemoveAsync($"d{i}", TestContext.Current.CancellationToken);
        await using var fresh = await two.OpenAsync(new FakeModel());
        await fresh.PutAsync(all[..100]);
        foreach (var options in (SearchOptions[])[Hybrid, Words, Hybrid with { Fusion = Fusion.Ranks }])
        {
            string query = Noise(3, 5);
            List<SearchHit> a = await worn.AllAsync(query, options), b = await fresh.AllAsync(query, options);
            Assert.NotEmpty(a);
            Assert.Equal(b.Select(h => (h.DocumentId, h.Score, h.WordScore)), a.Select(h => (h.DocumentId, h.Score, h.WordScore)));
        }
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("fan\" OR text : *")]
    [InlineData("NEAR(fan, 2) AND NOT (")]
    [InlineData("-fan ^fan fan* {text}: + \\ ' ;--")]
    [InlineData("to be or not to be")]
    [InlineData("***")]
    [InlineData("🙂")]
    [InlineData("\ud83d fan")]
    [InlineData("扇风机 вентилятор")]
    public async Task Nothing_a_user_writes_is_syntax(string query)
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Doc("a", "Clean the fan. To be or not to be."), Doc("b", "Another text."));
        await store.AllAsync(query, Words);
        Assert.Equal(2, (await store.AllAsync(query, Hybrid)).Count);
    }

    [Fact]
    public async Task A_huge_question_and_a_large_k_change_nothing_that_was_there()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync([.. Enumerable.Range(0, 300).Select(i => Doc($"d{i}", Noise(i, 20)))]);
        string huge = Noise(5, 20_000);
        Assert.Equal(10, (await store.AllAsync(huge, Hybrid)).Count);
        var ten = await store.AllAsync(Noise(5, 8), Hybrid);
        var many = await store.AllAsync(Noise(5, 8), Hybrid with { K = 300 });
        Assert.Equal(300, many.Count);
        Assert.Equal(ten.Select(h => h.Id), many.Take(10).Select(h => h.Id));
        Assert.Equal(Enumerable.Range(1, 300), many.Select(h => h.Rank));
        Assert.All(many, h => Assert.True(float.IsFinite(h.Score) && h.Cosine is >= -1 and <= 1));
    }

    [Theory, InlineData(2), InlineData(3)]
    public async Task A_store_of_an_earlier_version_is_brought_up(int version)
    {
        using var temp = new TempFolder();
        await using (var store = await temp.OpenAsync(new FakeModel()))
            await store.PutAsync(Doc("a", "It stands by the wall.") with { Title = "Printers" }, Doc("c", "熊猫吃竹子。") with { Title = "动物" });
        MakeOld(temp, version);
        Assert.Equal(version, KindredStore.ReadInfo(temp.Store).FormatVersion);
        await using var opened = await temp.OpenAsync(new FakeModel());
        Assert.Equal(4, opened.ReadInfo().FormatVersion);
        Assert.Equal("a", Assert.Single(await opened.AllAsync("printer", Words)).DocumentId);
        Assert.Equal("c", Assert.Single(await opened.AllAsync("竹子", Words)).DocumentId);
        Assert.Equal("c", Assert.Single(await opened.AllAsync("动物", Words)).DocumentId);
        await opened.AssertSoundAsync();
        await opened.PutAsync(Doc("b", "A lamp."));
        Assert.Equal("b", Assert.Single(await opened.AllAsync("lamp", Words)).DocumentId);
    }

    [Fact]
    public async Task A_store_of_an_earlier_version_that_another_process_writes_is_told_of_and_left_as_it_is()
    {
        using var temp = new TempFolder();
        await using (var store = await temp.OpenAsync(new FakeModel())) await store.PutAsync(Doc("a", "A lamp."));
        MakeOld(temp, 3);
        using (var other = temp.Sql())
        {
            StoreFile.Execute(other, "BEGIN IMMEDIATE");
            var error = await Assert.ThrowsAsync<StoreBusyException>(() => temp.OpenAsync(new FakeModel(), new StoreSettings { Patience = TimeSpan.FromMilliseconds(100) }));
            Assert.Contains($"{temp.Store} is being written by another process (waited 0.1 s)", error.Message, StringComparison.Ordinal);
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => KindredStore.OpenAsync(temp.Store, new FakeModel(), cancel.Token));
            StoreFile.Execute(other, "ROLLBACK");
        }
        Assert.Equal(3, KindredStore.ReadInfo(temp.Store).FormatVersion);
        await using var opened = await temp.OpenAsync(new FakeModel());
        Assert.Equal(4, opened.ReadInfo().FormatVersion);
        Assert.Single(await opened.AllAsync("lamp", Words));
    }

    [Theory]
    [InlineData("黑豹队的防守丢了多少分？", "zh")]
    [InlineData("防守", "zh")]
    [InlineData("守", "zh")]           // a sign alone
    [InlineData("丢", "zh")]           // before a stop: the last of its run
    [InlineData("猫は何を食べますか", "ja")]
    [InlineData("ネコ", "ja-kana")]
    [InlineData("학교", "ko")]
    [InlineData("ปลา", "th")]
    [InlineData("iphone", "mixed")]
    [InlineData("手机", "mixed")]
    [InlineData("iPhone手机", "mixed")]
    [InlineData("𠮷野", "rare")]
    public async Task Scripts_without_spaces_are_found_by_pairs_of_signs(string query, string wanted)
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(
            Doc("zh", "本赛季黑豹队的防守只让对手得到三百零八分，排名第六，没有丢。"), Doc("ja", "うちの猫は魚を食べます。"), Doc("ja-kana", "ネコとイヌ。"),
            Doc("ko", "아이들은 학교에서 노래를 배운다."), Doc("th", "แมวกินปลาทุกวัน"), Doc("mixed", "我的iPhone手机坏了。"), Doc("rare", "𠮷野家で昼を取った。"),
            Doc("other", "今天天气很好，我们去公园散步。"), Doc("en", "Cats eat fish."));
        var hits = await store.AllAsync(query, Words);
        Assert.Equal(wanted, hits[0].DocumentId);
        Assert.DoesNotContain("en", hits.Select(h => h.DocumentId));
        await store.RemoveAsync(wanted, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(wanted, (await store.AllAsync(query, Words)).Select(h => h.DocumentId));
        await store.AssertSoundAsync();
    }

    [Theory]
    [InlineData("กา", "นก ก่ากา", "3 6")]             // the tone mark counts for nothing
    [InlineData("iphone", "我的iPhone手机。iPhone 坏", "2 11")]
    [InlineData("printer", "打印机printers坏了", "3")]   // an ending is cut here too
    [InlineData("cafe", "在Café里", "1")]
    [InlineData("手机", "我的iPhone手机坏了，手机", "8 13")]
    [InlineData("机", "手机坏", "1")]
    [InlineData("野家", "a 𠮷野家で", "4")]
    [InlineData("动物", "猫", "")]                    // in the title alone
    [InlineData("fan", "Clean fans.", "6")]
    public async Task Places_of_a_word_are_where_it_begins(string word, string text, string places)
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Doc("x", text) with { Title = "动物printer" }, Doc("y", "Something else."));
        var found = store.Places(word, [1, 2]);
        Assert.Equal(places, string.Join(' ', Assert.Single(found).Value.Distinct().Order()));
    }

    [Fact]
    public void Pairs_overlap_and_leave_other_scripts_whole()
    {
        Assert.Equal(["我的", "iphone", "手机", "机坏"], WordQuery.Words("我的iPhone手机坏"));
        Assert.Equal(["กน", "a", "b1"], WordQuery.Words("กิน a B1"));   // marks do not count
        Assert.Equal("动物 物 动物 物 熊猫 猫", SignPairs.Of("动物", null, "A 熊猫."));
        Assert.Null(SignPairs.Of("title", null, "Ärger, ёлка, שלום"));
        Assert.Equal("\"猫\"* OR \"fish\"", WordQuery.Of("猫 fish"));
    }

    [Fact]
    public async Task Mmr_passes_over_what_says_the_same()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(
            Doc("a", "the fan of a laptop gets loud"), Doc("b", "the fan of a laptop gets loud now"), Doc("c", "a laptop with a new fan battery screen"));
        var near = await store.AllAsync("laptop fan gets loud", new SearchOptions { K = 2 });
        Assert.Equal(["a", "b"], near.Select(h => h.DocumentId));
        var varied = await store.AllAsync("laptop fan gets loud", new SearchOptions { K = 2, Mmr = 0.3 });
        Assert.Equal(["a", "c"], varied.Select(h => h.DocumentId));
        Assert.Equal(near.Select(h => h.Id), (await store.AllAsync("laptop fan gets loud", new SearchOptions { K = 2, Mmr = 1 })).Select(h => h.Id));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SearchOptions { Mmr = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SearchOptions { Mmr = double.NaN });
    }

    [Fact]
    public async Task Context_is_cut_out_of_the_document()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(), new StoreSettings { ChunkTokens = 40 });
        string text = string.Join(' ', Enumerable.Range(0, 300).Select(i => $"Sentence number{i} tells of topic{i} and {Noise(i, 4)}."));
        await store.PutAsync(Doc("long", text), Doc("short", "Only this. And topic7 here."));
        var around = await store.AllAsync("number150 topic150", Hybrid with { Context = PassageContext.Sentences, K = 1 });
        Assert.Contains("topic148", around[0].Context);
        Assert.Contains("topic152", around[0].Context);
        Assert.DoesNotContain("topic154", around[0].Context);
        Assert.Equal(text.Substring(around[0].ContextStart!.Value, around[0].Context!.Length), around[0].Context);
        var parents = await store.AllAsync("topic7 number7 topic8 number9", Hybrid with { Context = PassageContext.Parent, K = 5 });
        Assert.Equal(parents.Count, parents.Select(h => (h.DocumentId, h.ContextStart)).Distinct().Count());
        Assert.All(parents, h => Assert.Contains(h.Text, h.Context));
        Assert.Contains(parents, h => h.Context == "Only this. And topic7 here.");
    }

    [Theory]
    [InlineData(SearchMethod.Hybrid)]
    [InlineData(SearchMethod.Meaning)]   // looks at 12 passages first
    public async Task Passages_of_one_parent_do_not_keep_other_documents_out(SearchMethod method)
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(), new StoreSettings { ChunkTokens = 20 });
        string text = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"The ferry at pier {i} leaves."));
        await store.PutAsync(Doc("long", text), Doc("a", "Cats sleep long."), Doc("b", "Dogs run far away."));
        var parents = await store.AllAsync("the ferry at the pier leaves", Hybrid with { Method = method, Context = PassageContext.Parent, K = 3 });
        Assert.Equal(["a", "b", "long"], parents.Select(h => h.DocumentId).Order());
        Assert.All(parents, h => Assert.Contains(h.Text, h.Context));
    }

    [Theory]
    [InlineData(SearchMethod.Meaning)]
    [InlineData(SearchMethod.Words)]
    public async Task Difference_keeps_no_other_parents_out(SearchMethod method)
    {
        using var temp = new TempFolder();
        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model, new StoreSettings { ChunkTokens = 20 });
        string text = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"The ferry at pier {i} leaves."));
        await store.PutAsync(Doc("long", text), Doc("a", "Cats leave long."), Doc("b", "Dogs leave far away."));
        int calls = model.Calls;
        // 12 of all passages are chosen first, fewer than the 50 from which they are
        var parents = await store.AllAsync("the ferry at the pier leaves", new SearchOptions { Method = method, Mmr = 1, Context = PassageContext.Parent, K = 3 });
        Assert.Equal(["a", "b", "long"], parents.Select(h => h.DocumentId).Order());
        Assert.InRange(model.Calls - calls, 0, 1);   // the question is asked of the model once, however often is searched
    }

    [Fact]
    public async Task Many_parents_are_looked_for_among_ten_thousand_passages()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel(), new StoreSettings { ChunkTokens = 20 });
        string text = string.Join(' ', Enumerable.Range(0, 9000).Select(i => $"The ferry at pier {i} leaves."));
        await store.PutAsync([Doc("long", text), .. Enumerable.Range(0, 700).Select(i => Doc($"d{i}", $"Dogs {i}."))]);
        // 2,800 passages first, all of the long document
        var parents = await store.AllAsync("the ferry at the pier leaves", new SearchOptions { Context = PassageContext.Parent, K = 700 });
        Assert.Equal(700, parents.Select(h => (h.DocumentId, h.ContextStart)).Distinct().Count());
    }

    /// <summary>Where each passage is near to all others, the printer gained nearly all that the password has: both hold an "open".</summary>
    [Fact]
    public async Task Of_few_passages_one_that_says_nothing_of_the_question_gains_nothing()
    {
        using var temp = new TempFolder();
        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model);
        await store.PutAsync(Doc("printer", "The printer jams: open tray two."), Doc("password", "To reset a password open the account page."), Doc("vpn", "A laptop drops its line when it sleeps."));
        model.Special = text => text == "reset password" ? model.Vector("To reset a password open the account page.") : null;
        var hits = await store.AllAsync("reset password", Hybrid);
        Assert.Equal("password", hits[0].DocumentId);
        Assert.All(hits.Skip(1), h => Assert.InRange(h.Score, 0, 0.5f));
    }

    [Fact]
    public async Task A_fused_score_is_at_most_one_whatever_was_learned()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync([.. Enumerable.Range(0, 40).Select(i => Doc($"d{i}", i < 20 ? "the ferry leaves the pier" : Noise(i, 20)))]);
        var hits = await store.AllAsync("ferry pier", Hybrid with { K = 40 });
        Assert.All(hits, h => Assert.InRange(h.Score, 0, 1.0001f));
        Assert.InRange(hits[0].Score, 0.9f, 1.0001f);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"d{i}"), hits.Take(20).Select(h => h.DocumentId));   // equal ones as they were stored: the sums of some were rounded up
    }

    [Fact]
    public async Task Several_stores_and_several_wordings_are_searched_as_one()
    {
        using TempFolder one = new(), two = new();
        var model = new FakeModel();
        await using var a = await one.OpenAsync(model);
        await using var b = await two.OpenAsync(model);
        await a.PutAsync(Doc("a1", "the ferry leaves at seven"), Doc("a2", "cats sleep"));
        await b.PutAsync(Doc("b1", "the boat departs in the morning"), Doc("b2", "dogs bark"));
        foreach (var method in Enum.GetValues<SearchMethod>())
        {
            var hits = new List<SearchHit>();
            await foreach (var hit in KindredStore.SearchAsync([a, b], ["ferry leaves", "boat departs"], new SearchOptions { K = 2, Method = method }, TestContext.Current.CancellationToken)) hits.Add(hit);
            Assert.Equal(["a1", "b1"], hits.Select(h => h.DocumentId).Order());
            Assert.Equal([a.Path, b.Path], hits.OrderBy(h => h.DocumentId).Select(h => h.Store!));
        }
        Assert.Throws<ArgumentException>(() => KindredStore.SearchAsync([a], ["x", " "], new SearchOptions(), TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentException>(() => KindredStore.SearchAsync([], ["x"], new SearchOptions(), TestContext.Current.CancellationToken));
    }

    /// <summary>Turns a store into one of an earlier version.</summary>
    private static void MakeOld(TempFolder temp, int version)
    {
        using var sql = temp.Sql();
        string columns = version == 2 ? "text" : "title, heading, text", values = version == 2 ? "new.text" : "new.title, new.heading, new.text";
        StoreFile.Execute(sql, $"""
            DROP TRIGGER chunks_added; DROP TRIGGER chunks_removed; DROP TRIGGER chunks_changed; DROP TABLE chunks_fts;
            ALTER TABLE chunks DROP COLUMN pairs;
            {(version == 2 ? "ALTER TABLE chunks DROP COLUMN title;" : "")}
            CREATE VIRTUAL TABLE chunks_fts USING fts5({columns}, content='chunks', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2');
            INSERT INTO chunks_fts(chunks_fts) VALUES ('rebuild');
            CREATE TRIGGER chunks_added AFTER INSERT ON chunks BEGIN INSERT INTO chunks_fts(rowid, {columns}) VALUES (new.id, {values}); END;
            CREATE TRIGGER chunks_removed AFTER DELETE ON chunks BEGIN INSERT INTO chunks_fts(chunks_fts, rowid, {columns}) VALUES ('delete', old.id, {values.Replace("new.", "old.", StringComparison.Ordinal)}); END;
            CREATE TRIGGER chunks_changed AFTER UPDATE OF text ON chunks BEGIN SELECT RAISE(ABORT, 'no'); END;
            PRAGMA user_version = {version};
            """);
    }
}
