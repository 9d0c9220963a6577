using System.Globalization;
using System.Text;
using System.Text.Json;
using Kindred.Store.Filters;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Filters;

public sealed class FilterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly Document[] Some =
    [
        Doc("a", "alpha text", ("topic", "hardware"), ("stars", 4), ("price", 1.5), ("tags", new[] { "fan", "heat" }), ("open", true), ("date", "2026-01-31")),
        Doc("b", "beta text", ("topic", "Hardware"), ("stars", 5), ("price", 2), ("tags", new[] { "fan" }), ("open", false), ("date", "2025-12-01")),
        Doc("c", "gamma text", ("topic", "soft_ware 100%"), ("stars", "4"), ("tags", new object?[] { 4, 4.5, true, null, "heat" }), ("open", null)),
        Doc("d", "delta text", ("author", new { name = "O'Neil \"X\"", town = new { name = "Köln" } }), ("a b]c", 1), ("and", 2), ("source", "mine"), ("mood", "🙂")),
        Doc("e", "epsilon text", ("stars", -3), ("price", 1e3), ("topic", ""), ("tags", "fan")),
    ];

    [Theory]
    [InlineData("topic = 'hardware'", "a")]
    [InlineData("topic = \"hardware\"", "a")]
    [InlineData("topic != 'hardware'", "bce")]
    [InlineData("topic = ''", "e")]
    [InlineData("stars = 4", "a")]
    [InlineData("stars = 4.0", "a")]
    [InlineData("stars = '4'", "c")]
    [InlineData("stars != 4", "bce")]
    [InlineData("stars > 4", "b")]
    [InlineData("stars >= 4", "ab")]
    [InlineData("stars < 0", "e")]
    [InlineData("stars <= -3", "e")]
    [InlineData("stars < '5'", "c")]
    [InlineData("price = 2", "b")]
    [InlineData("price > 1.5", "be")]
    [InlineData("price >= 1.5e0 and price < 1e3", "ab")]
    [InlineData("date >= '2026-01-01'", "a")]
    [InlineData("date < '2026'", "b")]
    [InlineData("open = true", "a")]
    [InlineData("open = false", "b")]
    [InlineData("open = null", "c")]
    [InlineData("open != null", "ab")]
    [InlineData("open exists", "abc")]
    [InlineData("open not exists", "de")]
    [InlineData("not open exists", "de")]
    [InlineData("nosuch = 1", "")]
    [InlineData("nosuch != 1", "")]
    [InlineData("not nosuch = 1", "abcde")]
    [InlineData("stars in (4, 5)", "ab")]
    [InlineData("stars in ('4', -3)", "ce")]
    [InlineData("stars not in (4, 5)", "cde")]
    [InlineData("open in (true, null)", "ac")]
    [InlineData("tags has 'fan'", "ab")]
    [InlineData("tags not has 'fan'", "cde")]
    [InlineData("tags has 4", "c")]
    [InlineData("tags has 4.5", "c")]
    [InlineData("tags has true", "c")]
    [InlineData("tags has null", "c")]
    [InlineData("tags has '4'", "")]
    [InlineData("tags = 'fan'", "e")]
    [InlineData("topic like 'hard*'", "ab")]
    [InlineData("topic like '*WARE'", "ab")]
    [InlineData("topic like '%ware%'", "abc")]
    [InlineData("topic like 'soft_ware*'", "c")]
    [InlineData("topic like '*_*'", "c")]
    [InlineData("topic not like 'h*'", "cde")]
    [InlineData("topic like 'hardware'", "ab")]
    [InlineData("stars like '4'", "c")]
    [InlineData("author.name = 'O''Neil \"X\"'", "d")]
    [InlineData("author.name = \"O'Neil \"\"X\"\"\"", "d")]
    [InlineData("author.town.name = 'Köln'", "d")]
    [InlineData("author.[town].name like 'k*n'", "d")]
    [InlineData("author exists", "d")]
    [InlineData("author = 'x'", "")]
    [InlineData("[a b]]c] = 1", "d")]
    [InlineData("[and] = 2", "d")]
    [InlineData("[source] = 'mine'", "d")]
    [InlineData("source = 'mine'", "")]
    [InlineData("source = 'notes'", "abcde")]
    [InlineData("mood = '🙂'", "d")]
    [InlineData("mood like '*🙂'", "d")]
    [InlineData("stars = 4 or stars = 5 and open = true", "a")]
    [InlineData("(stars = 4 or stars = 5) and open = false", "b")]
    [InlineData("not stars = 4 and open exists", "bc")]
    [InlineData("not (stars = 4 and open exists)", "bcde")]
    [InlineData("not not stars = 4", "a")]
    [InlineData("STARS = 4", "")]
    [InlineData("stars=4AND open=true", "")]
    [InlineData("  ( ( stars=4 ) )  ", "a")]
    [InlineData("stars = 4 AND Open Exists OR NOT topic EXISTS", "d")]
    [InlineData("line = 1", "abcde")]
    [InlineData("line > 1", "")]
    [InlineData("page exists", "")]
    [InlineData("page = null", "")]
    [InlineData("page != null", "")]
    [InlineData("title exists or heading exists or kind exists", "")]
    public async Task A_filter_finds(string filter, string expected)
    {
        // the one that is no filter stands here so that the rule is seen: a keyword ends where a name would
        if (filter.Contains("4AND", StringComparison.Ordinal))
        {
            Assert.Throws<FilterSyntaxException>(() => FilterParser.Parse(filter));
            return;
        }
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.AddAsync(Some, "notes", cancellationToken: Cancel);
        Assert.Equal(expected, string.Concat(store.ReadChunks(filter, Cancel).Select(c => c.Passage.DocumentId).Order()));
        Assert.Equal(expected, string.Concat((await store.FindAsync("text", 100, filter)).Select(h => h.DocumentId).Order()));
    }

    [Fact]
    public async Task Fields_of_files_are_known()
    {
        using var temp = new TempFolder();
        temp.File("docs/sub/Note.MD", "# Head\n\nfirst words");
        temp.File("docs/t.csv", "text,page\nrow one,7\nrow two,8\n");
        File.SetLastWriteTimeUtc(Path.Combine(temp.Root, "docs/t.csv"), new DateTime(2026, 1, 31, 9, 5, 0, DateTimeKind.Utc));
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.IndexAsync(temp.Documents());
        foreach (var (filter, count) in new (string, int)[]
        {
            ("source = 'sub/Note.MD'", 1), ("source like 'sub/*'", 1), ("file = 't.csv'", 2), ("ext = 'md'", 1), ("ext in ('csv', 'md')", 3), ("kind = 'csv'", 2), ("kind = 'markdown'", 1),
            ("title = 'Head'", 1), ("heading = 'Head'", 1), ("heading not exists", 2), ("line >= 3", 1), ("line = 2", 1), ("bytes > 0", 3), ("page = 7", 0), ("[page] = 7", 1),
            ("modified = '2026-01-31T09:05:00Z'", 2), ("modified = '2026-01-31T10:05:00+01:00'", 2), ("modified in ('2026-01-31T10:05:00+01:00')", 2),
            ("modified >= '2026-01-31' and modified < '2026-02-01'", 2), ("modified > '2026-01-31T09:05:00Z'", 1), ("modified like '2026-01*'", 2), ("modified > 5", 0),
        })
            Assert.True(count == store.ReadChunks(filter, Cancel).Count, filter);
    }

    [Theory]
    [InlineData("stars = 4 or not [a b]]c] = 1 and [and] in (2) and author.town.name exists and page = 1")]
    [InlineData("topc = 'hardware'", "topc", "topic")]
    [InlineData("author.tawn.name like 'K*' and open = true", "author.tawn.name", "author.town.name")]
    [InlineData("[a b]]d] has 1 and topc = 1 and topc = 2", "[a b]]d]", "[a b]]c]", "topc", "topic")]
    [InlineData("[source] = 'x' or [pages] = 1", "pages", "page")]
    public async Task Fields_that_are_not_there_are_named_with_those_spelt_alike(string filter, params string[] missing)
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.AddAsync(Some, "notes", cancellationToken: Cancel);
        var said = KindredStore.MissingFields([store], filter, Cancel);
        Assert.Equal(missing.Length / 2, said.Count);
        foreach (var (i, sentence) in said.Index()) Assert.StartsWith($"no passage has the field {missing[2 * i]}; the fields are {missing[(2 * i) + 1]}, ", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempts_to_reach_the_SQL_find_nothing_and_break_nothing()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Some);
        string[] attempts =
        [
            "'; DROP TABLE chunks; --", "' OR 1=1 --", "\" OR \"\"=\"", "x' UNION SELECT * FROM meta --", "$.topic", "\"", "\\", "\\\"", "$\"", "]", "%", "_", "@f0", "?1", "\u0000", "x\u0000' OR 1=1",
            "#-1", "[0]", "\u2028", "\ud83d\ude42", "*/", "/*",
        ];
        foreach (string attempt in attempts)
        {
            string quoted = $"'{attempt.Replace("'", "''")}'", field = $"[{attempt.Replace("]", "]]")}]";
            foreach (string filter in (string[])[
                $"topic = {quoted}", $"{field} = 1", $"{field} exists", $"author.{field} = {quoted}", $"topic in ({quoted}, {quoted})", $"tags has {quoted}", $"{field} has {quoted}", $"source = {quoted}"])
                Assert.True(store.ReadChunks(filter, Cancel).Count == 0, filter);
            store.ReadChunks($"topic like {quoted}", Cancel);
        }
        Assert.Equal(5, store.ReadChunks(cancellationToken: Cancel).Count);
        await store.AssertSoundAsync();
    }

    [Fact]
    public async Task Any_name_of_a_field_can_be_asked_for()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        string[] names = ["\"", "\\", "a\"b", "a\\\"b", "\n\t\u0001", "$", "$.x", "a.b", "[0]", "#", "ü", "🙂", "\u2028", " ", "'", "]", "a\u0301", "</script>", "\u007f", "\ufeff", "\\u0041", "A"];
        await store.PutAsync([.. names.Select((name, i) => Doc($"d{i}", $"text {i}", (name, i), ("other", "x")))]);
        for (int i = 0; i < names.Length; i++)
        {
            var found = store.ReadChunks($"[{names[i].Replace("]", "]]")}] = {i}", Cancel);
            Assert.True(found.Count == 1, $"«{names[i]}»: {found.Count}");
            Assert.Equal($"d{i}", found[0].Passage.DocumentId);
        }
    }

    [Fact]
    public async Task Texts_with_odd_characters_can_be_asked_for()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        string[] values = ["a\0b", "\uFFFF", "\uFEFF", "\u2028", "\u0001", "\\u0041", "e\u0301", "\u00E9", "\uFFFD", "\"", "\U0001F642\u200D"];
        await store.PutAsync([.. values.Select((value, i) => Doc($"d{i}", $"text {i}", ("f", value)))]);
        for (int i = 0; i < values.Length; i++)
            Assert.Equal([$"d{i}"], store.ReadChunks($"f = '{values[i]}'", Cancel).Select(c => c.Passage.DocumentId));
    }

    [Fact]
    public async Task The_largest_filter_is_answered()
    {
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(Some);
        foreach (string joined in (string[])[" or ", " and "])
            Assert.Equal(joined == " or " ? 1 : 0, store.ReadChunks(string.Join(joined, Enumerable.Range(0, 256).Select(i => $"stars = {i}.0 and topic like 'hard*'".Split(" and ")[i % 2])), Cancel).Count(c => c.Passage.DocumentId == "a"));
        Assert.Equal(2, store.ReadChunks("stars in (" + string.Join(",", Enumerable.Range(0, 1024)) + ")", Cancel).Count);
        string deep = string.Concat(Enumerable.Repeat("not (", 30)) + "stars = 4" + new string(')', 30);
        Assert.Equal("a", Assert.Single(store.ReadChunks(deep, Cancel)).Passage.DocumentId);
        string sixty = string.Concat(Enumerable.Repeat("(stars = 4 or ", 60)) + "stars = 5" + new string(')', 60);
        Assert.Equal(2, store.ReadChunks(sixty, Cancel).Count);
    }

    /// <summary>Random filters, made by the grammar together with their meaning: the store must agree with the meaning on random documents.</summary>
    [Fact]
    public async Task Random_filters_mean_the_same_in_the_store_and_in_memory()
    {
        var random = new Random(2026);
        var documents = Enumerable.Range(0, 120).Select(i => RandomDocument(random, i)).ToArray();
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync(documents);
        int some = 0;
        for (int round = 0; round < 800; round++)
        {
            var (filter, truth) = Or(random, 3);
            if (filter.Length > 8000) continue;
            string[] expected = [.. documents.Where(truth).Select(d => d.Id).Order()];
            string[] found = [.. store.ReadChunks(filter, Cancel).Select(c => c.Passage.DocumentId).Order()];
            Assert.True(expected.SequenceEqual(found), $"{filter}\nexpected {string.Join(' ', expected)}\nfound {string.Join(' ', found)}");
            if (expected.Length is > 0 and < 120) some++;
        }
        Assert.True(some > 250);   // the filters say something
    }

    private static readonly string[] Names = ["n", "s", "l", "b", "x y", "o.p", "none"];
    private static readonly object?[] Values = [0L, 1L, 2L, -1L, 1.5, 2.0, "a", "B", "ab", "a_b", "A%", "", "ü", "🙂", true, false, null];

    private static Document RandomDocument(Random random, int i)
    {
        var payload = new List<(string, object?)>();
        foreach (string name in (string[])["n", "s", "b", "x y"])
            if (random.Next(4) > 0) payload.Add((name, Values[random.Next(Values.Length)]));
        if (random.Next(4) > 0) payload.Add(("l", Enumerable.Range(0, random.Next(4)).Select(_ => Values[random.Next(Values.Length)]).ToArray()));
        if (random.Next(3) > 0) payload.Add(("o", new Dictionary<string, object?> { ["p"] = Values[random.Next(Values.Length)], ["q"] = new { p = 1 } }));
        return Doc($"d{i:000}", $"text {i}", [.. payload]);
    }

    private static (string, Func<Document, bool>) Or(Random random, int depth) => Joined(random, depth, " or ", And, (a, b) => a || b);

    private static (string, Func<Document, bool>) And(Random random, int depth) => Joined(random, depth, " and ", Unary, (a, b) => a && b);

    private static (string, Func<Document, bool>) Joined(
        Random random, int depth, string word, Func<Random, int, (string, Func<Document, bool>)> part, Func<bool, bool, bool> join)
    {
        var (text, truth) = part(random, depth);
        for (int more = random.Next(3) - random.Next(2); more > 0; more--)
        {
            var (left, (next, right)) = (truth, part(random, depth));
            text += word + next;
            truth = d => join(left(d), right(d));
        }
        return (text, truth);
    }

    private static (string, Func<Document, bool>) Unary(Random random, int depth)
    {
        switch (random.Next(depth > 0 ? 6 : 4))
        {
            case 3:
                var (part, truth) = Unary(random, depth - 1);
                return depth < -5 ? Condition(random) : ($"not {part}", d => !truth(d));
            case 4 or 5:
                var (inner, meaning) = Or(random, depth - 1);
                return ($"({inner})", meaning);
            default:
                return Condition(random);
        }
    }

    private static (string, Func<Document, bool>) Condition(Random random)
    {
        string name = Names[random.Next(Names.Length)], field = name == "x y" ? "[x y]" : name;
        object? value = Values[random.Next(Values.Length)];
        bool not = random.Next(3) == 0;
        switch (random.Next(10))
        {
            case 0:
                return not ? ($"{field} not exists", d => Get(d, name) is null) : ($"{field} exists", d => Get(d, name) is not null);
            case 1:
                var list = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Values[random.Next(Values.Length)]).ToArray();
                return Maybe("in", $"({string.Join(", ", list.Select(Literal))})", d => Get(d, name) is { } e && list.Any(v => Same(e, v)));
            case 2:
                return Maybe("has", Literal(value), d => Get(d, name) is { ValueKind: JsonValueKind.Array } e && e.EnumerateArray().Any(x => Same(x, value)));
            case 3:
                string piece = value as string ?? "a";
                return Maybe("like", Literal(piece + "*"), d => Get(d, name) is { ValueKind: JsonValueKind.String } e && e.GetString()!.StartsWith(piece == "A%" ? "a" : piece, StringComparison.OrdinalIgnoreCase));
            case 4:
                return ($"{field} = {Literal(value)}", d => Get(d, name) is { } e && Same(e, value));
            case 5:
                return ($"{field} != {Literal(value)}", d => Get(d, name) is { } e && !Same(e, value));
            default:
                if (value is null or bool) value = 1L;
                string sign = new[] { "<", "<=", ">", ">=" }[random.Next(4)];
                return ($"{field} {sign} {Literal(value)}", d => Get(d, name) is { } e && Ordered(e, sign, value));
        }

        (string, Func<Document, bool>) Maybe(string word, string rest, Func<Document, bool> truth) =>
            not ? ($"{field} not {word} {rest}", d => !truth(d)) : ($"{field} {word} {rest}", truth);
    }

    private static JsonElement? Get(Document document, string name)
    {
        string[] path = name.Split('.');
        if (!document.Payload.TryGetValue(path[0], out var value)) return null;
        foreach (string step in path.Skip(1))
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(step, out value)) return null;
        return value;
    }

    private static bool Ordered(JsonElement element, string sign, object value)
    {
        int order;
        if (value is string text && element.ValueKind == JsonValueKind.String)
            order = Encoding.UTF8.GetBytes(element.GetString()!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(text));
        else if (value is not string && element.ValueKind == JsonValueKind.Number)
            order = element.GetDouble().CompareTo(Convert.ToDouble(value, CultureInfo.InvariantCulture));
        else return false;
        return sign switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private static bool Same(JsonElement element, object? value) => value switch
    {
        null => element.ValueKind == JsonValueKind.Null,
        bool b => element.ValueKind == (b ? JsonValueKind.True : JsonValueKind.False),
        string s => element.ValueKind == JsonValueKind.String && element.GetString() == s,
        _ => element.ValueKind == JsonValueKind.Number && element.GetDouble() == Convert.ToDouble(value, CultureInfo.InvariantCulture),
    };

    private static string Literal(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        string s => $"'{s.Replace("'", "''")}'",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
