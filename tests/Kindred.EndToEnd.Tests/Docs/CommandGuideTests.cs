using System.Text.Json;
using System.Text.RegularExpressions;
using Kindred.EndToEnd.Tests.Architecture;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>The table of docs/command.md against the command: its verbs, their options, the fields they print. Scripts rely on it.</summary>
public sealed partial class CommandGuideTests : IDisposable
{
    private const string Guide = "docs/command.md";

    /// <summary>Verbs that are followed by another one.</summary>
    private static readonly string[] Parted = ["bench", "classify", "detect", "eval", "model", "recommend", "train"];

    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-contract-").FullName;

    /// <summary>The rows of the table: a verb (with what follows "eval", "model" and the like), its options, its JSON fields.</summary>
    private static Dictionary<string, (string[] Options, string[] Fields)> Rows { get; } = ReadTable();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_table_names_every_verb_with_its_options_and_no_other()
    {
        var verbs = new List<string>();
        foreach (string verb in await VerbsAsync(""))
        {
            if (Parted.Contains(verb)) verbs.AddRange((await VerbsAsync(verb)).Select(part => $"{verb} {part}"));
            else verbs.Add(verb);

            // a verb of its own, and one below it
            if (verb == "advise") verbs.Add("advise dims");
        }
        Assert.Equal(verbs.Order(StringComparer.Ordinal), Rows.Keys.Order(StringComparer.Ordinal));
        var wrong = new List<string>();
        foreach (string verb in verbs)
        {
            var (_, help, _) = await RunAsync([.. verb.Split(' '), "--help"]);
            string[] there = [.. Option().Matches(Section(help, "Options:")).Select(m => m.Groups[1].Value).Except(["--json", "-?", "-h", "--help"])];
            if (!there.ToHashSet().SetEquals(Rows[verb].Options)) wrong.Add($"{verb} has {string.Join(' ', there)}; the guide says {string.Join(' ', Rows[verb].Options)}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Each_verb_prints_the_fields_of_its_row()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "notes"));
        await WriteAsync("notes/fan.md", "# Fans\n\nKeep the vents of a computer free and clean its fan.\n");
        await WriteAsync("notes/bell.csv", "text,room\nThe bell rings at noon.,hall\n");
        await WriteAsync("notes/photo.gif", "GIF89a");
        await WriteAsync("pairs.tsv", "score\tsentence1\tsentence2\n5\ta dog\ta hound\n0\ta dog\ta tax form\n3\ta dog\ta cat\n");
        await WriteAsync("words.tsv", "word1\tword2\tscore\nking\tqueen\t8\ncat\tcarrot\t1\n");
        await WriteAsync("corpus.txt", string.Concat(Enumerable.Repeat("a bell rings at noon\n", 20)));
        await WriteAsync("machines.csv", "speed,kind,anomaly\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i == 7 ? 9000 : 1500 + (i * 37 % 11))},{(i % 3 == 0 ? "lathe" : "mill")},{(i == 7 ? 1 : 0)}\n")));
        await WriteAsync("goods.csv", "item,title\n" + string.Concat(Enumerable.Range(0, 9).Select(i => $"i{i},Thing {i}\n")));
        await WriteAsync("loans.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 12).SelectMany(u => Enumerable.Range(0, 6).Select(i => $"u{u},i{(u + i) % 9}\n"))));
        await WriteAsync("questions.txt", ": family\nking queen man woman\n");
        await WriteAsync("queries.tsv", "id\ttext\n1\twhen does the bell ring\n");
        await WriteAsync("qrels.tsv", "query\tdoc\tgrade\n1\tb\t1\n");
        await WriteAsync("rooms.csv", "text,label\nthe bell rings,hall\nthe fan turns,office\nthe gong sounds,hall\nthe disk hums,office\n");
        await WriteAsync("docs.jsonl", "{\"id\":\"a\",\"text\":\"Keep the vents free.\"}\n{\"id\":\"b\",\"text\":\"The bell rings at noon.\"}\n");
        await WriteAsync("topics.csv", "text,kind,year\n" + string.Concat(Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? $"The bell rings at noon,bell,{2000 + i}\n" : $"Bread is baked of flour,bread,{2000 + i}\n")));
        await WriteAsync("answers.jsonl", "{\"answer\":\"The bell rings at noon.\",\"contexts\":[\"The bell rings at noon.\"]}\n");
        Assert.Equal(0, (await RunAsync(["embed", "a dog", "a hound", "a tax form", "--out", "v.npy"])).Code);
        Assert.Equal(0, (await RunAsync(["index", "notes", "--store", "other.kindred"])).Code);
        string[][] calls =
        [
            ["index", "notes", "--store", "s.kindred"],
            ["search", "fan", "--store", "s.kindred", "--store", "other.kindred", "--hybrid", "--context", "parent"],
            ["ask", "How do I cool it?", "--store", "s.kindred"],
            ["map", "--store", "s.kindred", "--out", "map.html"],
            ["cluster", "--in", "topics.csv", "--method", "hdbscan", "--min-size", "2", "--label", "kind", "--time", "year"],
            ["dedupe", "--in", "topics.csv"],
            ["match", "rooms.csv", "docs.jsonl"],
            ["check", "s.kindred"],
            ["embed", "a quiet room"],
            ["bench", "ann", "--base", "v.npy", "--queries", "v.npy", "--index", "flat"],
            ["advise", "--base", "v.npy", "--recall", "0.1"],
            ["advise", "dims", "--base", "v.npy"],
            ["plan", "--vectors", "1000", "--dims", "8", "--recall", "0.1"],
            ["similarity", "cat", "dog"],
            ["neighbors", "ocean", "-k", "2"],
            ["analogy", "king", "-", "man", "+", "woman"],
            ["doesnt-match", "breakfast", "cereal", "lunch"],
            ["classify", "fit", "--in", "rooms.csv", "--out", "rooms.classifier"],
            ["classify", "predict", "--with", "rooms.classifier", "--in", "corpus.txt", "--explain", "1"],
            ["classify", "report", "--with", "rooms.classifier", "--in", "rooms.csv"],
            ["classify", "next", "--with", "rooms.classifier", "--in", "corpus.txt"],
            ["detect", "fit", "--in", "machines.csv", "--contamination", "0.05", "--out", "m.detector"],
            ["detect", "score", "--with", "m.detector", "--in", "machines.csv"],
            ["detect", "report", "--with", "m.detector", "--in", "machines.csv"],
            ["detect", "drift", "--with", "m.detector", "--in", "machines.csv"],
            ["eval", "sts", "pairs.tsv"],
            ["eval", "retrieval", "--corpus", "docs.jsonl", "--queries", "queries.tsv", "--qrels", "qrels.tsv", "--hybrid", "--best-grade", "1"],
            ["eval", "rag", "--in", "answers.jsonl"],
            ["eval", "words", "--similarity", "words.tsv", "--analogies", "questions.txt"],
            ["train", "words", "--corpus", "corpus.txt", "--dim", "4", "--out", "trained.vec"],
            ["train", "documents", "--corpus", "corpus.txt", "--dim", "4", "--out", "d.npy"],
            ["recommend", "fit", "--in", "loans.csv", "--items", "goods.csv", "--method", "knn", "--out", "loans.recommender"],
            ["recommend", "for-user", "u1", "--with", "loans.recommender"],
            ["recommend", "similar", "i1", "--with", "loans.recommender"],
            ["recommend", "weekly", "u1", "--with", "loans.recommender"],
            ["recommend", "segments", "--with", "loans.recommender", "--k", "2"],
            ["recommend", "vectors", "--with", "loans.recommender", "--out", "users.npy"],
            ["recommend", "eval", "--in", "loans.csv", "--method", "popularity"],
            ["model", "convert", "glove", "words.kwv"],
            ["model", "list"],
            ["model", "show", "minilm"],
            ["model", "distill", "--dims", "2", "--out", "static"],
        ];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (string[] call in calls)
        {
            string verb = Parted.Contains(call[0]) || call[1] == "dims" ? $"{call[0]} {call[1]}" : call[0];
            seen.Add(verb);
            var (code, output, errors) = await RunAsync([.. call, "--json"]);
            Assert.True(code == 0, $"{verb}: {errors}");
            var printed = new HashSet<string>(StringComparer.Ordinal);
            foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(line);
                Collect(json.RootElement, printed);
            }
            Assert.NotEmpty(printed);
            // a page is of a pdf alone; what a source of an answer has is said of a hit
            string[] said = verb == "ask" ? [.. Rows["ask"].Fields, .. Rows["search"].Fields.Where(f => f is not ("rank" or "store" or "context" or "contextStart"))] : Rows[verb].Fields;
            if (!printed.SetEquals(said.Where(f => f != "page"))) wrong.Add($"{verb} prints {string.Join(' ', printed)}; the guide says {string.Join(' ', said)}");
        }
        Assert.Empty(wrong);
        Assert.Equal(Rows.Where(r => r.Value.Fields.Length > 0).Select(r => r.Key).Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_guide_names_every_variable_that_is_read()
    {
        string guide = SourceTree.Read(Guide);
        string[] read = [.. SourceTree.Sources.SelectMany(f => Variable().Matches(SourceTree.Read(f))).Select(m => m.Groups[1].Value).Distinct()];
        Assert.NotEmpty(read);
        Assert.All(read, variable => Assert.Contains($"`{variable}`", guide, StringComparison.Ordinal));
    }

    private static Dictionary<string, (string[], string[])> ReadTable()
    {
        var rows = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal);
        foreach (string line in SourceTree.Read(Guide).Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)))
        {
            string[] cells = line.Trim()[1..].Split('|');
            string[] options = [.. Option().Matches(cells[1]).Select(m => m.Groups[1].Value)];
            string[] fields = [.. Field().Matches(cells[2]).Select(m => m.Groups[1].Value)];
            // "model list" and "model show" share a row
            foreach (string verb in Code().Matches(cells[0]).Select(m => m.Groups[1].Value).Select(Verb)) rows.Add(verb, (options, fields));
        }
        return rows;
    }

    private static string Verb(string usage)
    {
        string[] words = usage.Split(' ');
        return Parted.Contains(words[0]) || words is ["advise", "dims", ..] ? $"{words[0]} {words[1]}" : words[0];
    }

    private async Task<string[]> VerbsAsync(string of)
    {
        var (_, help, _) = await RunAsync([.. of.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        return [.. Section(help, "Commands:").Split('\n').Select(l => l.Trim().Split(' ')[0]).Where(w => w.Length > 0)];
    }

    private static string Section(string help, string title)
    {
        int at = help.IndexOf(title, StringComparison.Ordinal);
        if (at < 0) return "";
        int from = at + title.Length, end = help.IndexOf("\n\n", from, StringComparison.Ordinal);
        return end < 0 ? help[from..] : help[from..end];
    }

    /// <summary>The names of all fields; those of a payload are the user's own.</summary>
    private static void Collect(JsonElement json, HashSet<string> names)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in json.EnumerateArray()) Collect(item, names);
        }
        else if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in json.EnumerateObject())
            {
                names.Add(member.Name);
                if (member.Name != "payload") Collect(member.Value, names);
            }
        }
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_folder, name), text, TestContext.Current.CancellationToken);

    private async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments)
    {
        var run = await KindredCommand.RunAsync(arguments, [], folder: _folder);
        return (run.Code, run.Output.ReplaceLineEndings("\n"), run.ErrorOutput);
    }

    [GeneratedRegex(@"(?<![\w-])(--?[a-z?][a-z-]*)")]
    private static partial Regex Option();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Field();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("GetEnvironmentVariable\\(\"(\\w+)\"\\)")]
    private static partial Regex Variable();
}
