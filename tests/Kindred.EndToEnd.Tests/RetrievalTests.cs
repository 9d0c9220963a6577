namespace Kindred.EndToEnd.Tests;

/// <summary>Hybrid search, eval retrieval and eval rag through the command.</summary>
public sealed class RetrievalTests
{
    private const string Corpus = """
        {"id":"a","title":"Fans","text":"Keep the vents of a portable computer free and clean its fan."}
        {"id":"b","text":"The ferry leaves at seven each morning."}
        {"id":"c","text":"Part ZX-4471 is out of stock."}
        {"id":"c","text":"A second one of that name."}
        {"id":"d","text":" "}

        """;

    [Fact]
    public async Task Judged_questions_are_measured_and_what_cannot_be_used_is_named()
    {
        using var folder = new Folder();
        folder.Write("docs.jsonl", Corpus);
        folder.Write("queries.tsv", "id\ttext\n1\tHow do I cool my laptop?\n2\tZX-4471\n3\twhen does the boat go\n4\t \n5\tunjudged\n1\tagain\n");
        folder.Write("qrels.tsv", "query\tdoc\tgrade\n1\ta\t3\n1\ta\t1\n2\tc\t4\n2\tb\t-1\n3\tb\t2\n3\ta\t5\n9\ta\t1\n1\tzz\t1\n");
        string[] call = ["eval", "retrieval", "--corpus", folder["docs.jsonl"], "--queries", folder["queries.tsv"], "--qrels", folder["qrels.tsv"], "--best-grade", "1", "--store", folder["s"], "--json"];
        var run = (await KindredCommand.RunAsync([.. call, "--hybrid", "--answers"])).Succeeded();
        Assert.Equal(["ndcg@10", "recall@10", "mrr@10", "answered", "false_answers"], run.Json.Select(j => j.GetProperty("metric").GetString()));
        Assert.All(run.Json, j => Assert.Equal(3, j.GetProperty("n").GetInt32()));
        Assert.Equal(1, run.Json[0].GetProperty("value").GetDouble(), 9);
        string told = string.Join('\n', run.Errors);
        foreach (string part in new[] { "docs.jsonl: 1 row with the id of an earlier one, left out: c", "1 document without a text, not to be found: d", "queries.tsv: 1 query with the id of an earlier one, left out: 1", "1 query without a text, left out: 4", "qrels.tsv: 1 judgement of no known query, left out: 9", "1 judgement of no known document, left out: zz", "1 judgement with another grade than an earlier one, taken in its place: 1 a", "1 query without a relevant document, left out: 5" })
            Assert.Contains(part, told, StringComparison.Ordinal);

        // words alone find neither the laptop nor the boat
        var words = (await KindredCommand.RunAsync([.. call, "--bm25"])).Succeeded();
        Assert.Equal(1.0 / 3, words.Json[2].GetProperty("value").GetDouble(), 9);

        var hit = (await KindredCommand.RunAsync("search", "ZX-4471", "--store", folder["s"], "--hybrid", "-k", "1", "--json")).Succeeded().Json[0];
        Assert.Equal("c", hit.GetProperty("document").GetString());
        Assert.True(hit.GetProperty("bm25").GetDouble() > 0);
    }

    [Fact]
    public async Task Wrong_files_and_usage_end_in_one_line()
    {
        using var folder = new Folder();
        folder.Write("docs.jsonl", Corpus);
        folder.Write("empty.jsonl", "");
        folder.Write("blank.jsonl", "{\"id\":\"a\",\"text\":\"\"}\n");
        folder.Write("q.tsv", "id\ttext\n1\tboat\n");
        folder.Write("rel.tsv", "query\tdoc\tgrade\n1\tb\tgood\n");
        folder.Write("none.tsv", "query\tdoc\n1\tb2\n");
        folder.Write("nocol.tsv", "query\tpaper\n1\tb\n");
        async Task<string> FailAsync(string corpus, string qrels) =>
            (await KindredCommand.RunAsync("eval", "retrieval", "--corpus", folder[corpus], "--queries", folder["q.tsv"], "--qrels", folder[qrels])).Errors[^1];
        Assert.Contains("'id'", await FailAsync("empty.jsonl", "rel.tsv"), StringComparison.Ordinal);
        Assert.Contains("its only document is blank", await FailAsync("blank.jsonl", "rel.tsv"), StringComparison.Ordinal);
        Assert.Contains("line 2: grade \"good\"", await FailAsync("docs.jsonl", "rel.tsv"), StringComparison.Ordinal);
        Assert.Contains("no query has a relevant document", await FailAsync("docs.jsonl", "none.tsv"), StringComparison.Ordinal);
        Assert.Contains("'doc'", await FailAsync("docs.jsonl", "nocol.tsv"), StringComparison.Ordinal);

        // a store of one's own is left as it is
        folder.Write("notes/a.txt", "The bell rings at noon.");
        folder.Write("good.tsv", "query\tdoc\n1\tb\n");
        (await KindredCommand.RunAsync("index", folder["notes"], "--store", folder["own"])).Succeeded();
        Assert.Contains("holds other documents", (await KindredCommand.RunAsync(
            "eval", "retrieval", "--corpus", folder["docs.jsonl"], "--queries", folder["q.tsv"], "--qrels", folder["good.tsv"], "--store", folder["own"])).Errors[^1], StringComparison.Ordinal);
        Assert.Equal("a.txt", Assert.Single((await KindredCommand.RunAsync("search", "bell", "--store", folder["own"], "--json")).Succeeded().Json).GetProperty("source").GetString());
        string[][] wrong =
        [
            ["search", "x", "--store", "s", "--hybrid", "--bm25"], ["search", "x", "--store", "s", "--fusion", "rrf"], ["search", "x", "--store", "s", "--mmr", "2"],
            ["search", "x", "--store", "s", "--rewrite"], ["search", "x", "--store", "s", "--context", "page"], ["search", "  ", "--store", "s", "--hybrid"],
        ];
        foreach (string[] arguments in wrong) (await KindredCommand.RunAsync(arguments)).Failure(2);
    }

    [Fact]
    public async Task Inventions_are_named()
    {
        using var folder = new Folder();
        folder.Write("a.jsonl", """
            {"answer":"The ferry leaves at seven. The captain collects stamps.","contexts":["The ferry leaves at seven each morning."],"reference":"It leaves at seven each morning."}
            {"answer":"","contexts":[]}
            {"answer":"","contexts":["The ferry leaves at seven each morning."],"reference":"It leaves at seven each morning."}

            """);
        var run = (await KindredCommand.RunAsync("eval", "rag", "--in", folder["a.jsonl"], "--json")).Succeeded();
        Assert.Equal([("faithfulness", 0.5), ("context_recall", 1)], run.Json.Select(j => (j.GetProperty("metric").GetString()!, j.GetProperty("value").GetDouble())));
        Assert.Contains("The captain collects stamps", run.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("has neither an answer nor a reference and was left out: line 2", run.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains("has no answer and counts in context_recall alone: line 3", run.ErrorOutput, StringComparison.Ordinal);
    }
}
