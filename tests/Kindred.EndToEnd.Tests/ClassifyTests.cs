using System.Globalization;
using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>classify fit, predict, report and next as users run them.</summary>
public class ClassifyTests
{
    private static readonly string[] Laptops = ["the fan of my laptop is loud", "laptop battery drains fast", "the laptop gets hot on my knees", "my notebook keyboard sticks", "the laptop screen flickers", "laptop will not charge"];
    private static readonly string[] Invoices = ["the invoice has a wrong amount", "where is my refund", "I was charged twice this month", "please send the bill again", "my card was not accepted for payment", "the tax on the receipt is wrong"];

    [Fact]
    public async Task From_a_few_texts_to_labels_reasons_a_picture_and_what_to_label_next()
    {
        using var folder = new Folder();
        string train = folder.Write("train.csv", "text,label\n" + string.Concat(Laptops.Select(t => $"{t},laptops\n").Concat(Invoices.Select(t => $"{t},invoices größe\n"))) + ",laptops\nno label here,\n");
        string test = folder.Write("test.tsv", "text\tlabel\nthe laptop fan never stops\tlaptops\nthe amount billed is too high\tinvoices größe\nhello\tgreeting\n");
        var fit = (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--out", folder["c"], "--json")).Succeeded();
        Assert.Equal((12, 2), (fit.Json[0].GetProperty("rows").GetInt32(), fit.Json[0].GetProperty("labels").GetInt32()));
        Assert.Contains(fit.Errors, e => e.Contains("row 13: the text is blank", StringComparison.Ordinal));
        Assert.Contains(fit.Errors, e => e.Contains("row 14: it has no label", StringComparison.Ordinal));
        Assert.Contains(fit.Errors, e => e.Contains("2 rows of", StringComparison.Ordinal));

        string texts = folder.Write("new.txt", "my laptop is too hot\nthe refund has not come\n");
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", texts, "--explain", "2", "--json")).Succeeded().Json;
        Assert.Equal(["laptops", "invoices größe"], said.Select(s => s.GetProperty("label").GetString()));
        Assert.Equal([1, 2], said.Select(s => s.GetProperty("row").GetInt32()));
        Assert.All(said, s => Assert.InRange(s.GetProperty("score").GetDouble(), 0.5, 1));
        var why = said[0].GetProperty("why");
        Assert.Equal(2, why.GetArrayLength());
        Assert.Contains(why[0].GetProperty("text").GetString(), Laptops);
        Assert.Equal(Laptops[why[0].GetProperty("row").GetInt32() - 1], why[0].GetProperty("text").GetString());

        var report = (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", test, "--out", folder["r.png"], "--json")).Succeeded();
        Assert.Equal(2.0 / 3, report.Json.Single(m => m.GetProperty("metric").GetString() == "accuracy").GetProperty("value").GetDouble(), 1e-6);
        Assert.Contains(report.Errors, e => e.Contains("not learnt", StringComparison.Ordinal) && e.Contains("greeting", StringComparison.Ordinal));
        Assert.True(new FileInfo(folder["r.png"]).Length > 1000);

        // a long label does not run into its figure
        string longer = folder.Write("longer.tsv", "text\tlabel\nhello\t" + new string('x', 40) + "\n");
        Assert.Contains($"recall:{new string('x', 40)} 0.0000  (1)", (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", longer)).Succeeded().Output, StringComparison.Ordinal);

        var next = (await KindredCommand.RunAsync("classify", "next", "--with", folder["c"], "--in", texts, "-k", "1", "--json")).Succeeded().Json;
        Assert.InRange(Assert.Single(next).GetProperty("row").GetInt32(), 1, 2);

        string other = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", texts, "--model", "fast")).Failure();
        Assert.Contains("fitted with another model (all-minilm-l6-v2)", other, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_rows_a_label_tell_which_is_nearer()
    {
        // each of the four, held out, is taken for the other label: all weights were 0, and every text got the label that comes first
        using var folder = new Folder();
        string train = folder.Write("train.csv", "text,label\nGreat product I love it,pos\nAwful and broken,neg\nWorks like a charm,pos\nWaste of money,neg\n");
        string texts = folder.Write("new.txt", "This is wonderful\nI hate it, it broke\nWhat a joy\n");
        Assert.Matches(@"on 4 unseen rows accuracy .* \(so few rows tell little\)", (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--out", folder["c"])).Succeeded().Output);
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", texts, "--json")).Succeeded().Json;
        Assert.Equal(["pos", "neg", "pos"], said.Select(s => s.GetProperty("label").GetString()));
        Assert.All(said, s => Assert.InRange(s.GetProperty("score").GetDouble(), 0.5, 0.6));
    }

    [Fact]
    public async Task A_row_a_label_of_real_questions_counts_by_what_it_means()
    {
        // words and meaning alike said 0.876 of these right, and 0.74 in 40 random draws; meaning 0.922 and 0.88
        using var folder = new Folder();
        string[] intents = ["card_arrival", "card_linking", "pin_blocked", "exchange_rate"];
        string[] lines = await SharedData.LinesAsync("banking77", "train.tsv.gz");
        string[][] rows = [.. intents.Select(i => lines.Where(l => l.StartsWith($"{i}\t", StringComparison.Ordinal)).ToArray())];
        double right = 0;
        for (int draw = 0; draw < 3; draw++)
        {
            string train = folder.Write("t.tsv", $"label\ttext\n{string.Join('\n', rows.Select(r => r[draw]))}\n"), test = folder.Write("e.tsv", $"label\ttext\n{string.Join('\n', rows.SelectMany(r => r[3..63]))}\n");
            (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--out", folder["c"])).Succeeded();
            right += (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", test, "--json")).Succeeded().Json[0].GetProperty("value").GetDouble() / 3;
        }

        Assert.InRange(right, 0.9, 1);
    }

    [Fact]
    public async Task Eight_rows_a_label_tune_the_encoder_to_them()
    {
        using var folder = new Folder();
        string[] lines = await SharedData.LinesAsync("banking77", "train.tsv.gz");
        string[][] rows = [.. lines[1..].GroupBy(l => l.Split('\t')[0]).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.ToArray())];
        string train = folder.Write("train.tsv", $"label\ttext\n{string.Join('\n', rows.SelectMany(r => r[..8]))}\n"), test = folder.Write("test.tsv", $"label\ttext\n{string.Join('\n', rows.SelectMany(r => r[8..].Take(20)))}\n");
        var fit = (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--out", folder["c"], "--json")).Succeeded().Json[0];
        Assert.Equal(["tuned"], fit.GetProperty("views").EnumerateArray().Select(v => v.GetString()));
        double Right(KindredCommand.Result report) => report.Succeeded().Json[0].GetProperty("value").GetDouble();
        double tuned = Right(await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", test, "--json"));
        (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--method", "logistic", "--out", folder["l"])).Succeeded();
        double plain = Right(await KindredCommand.RunAsync("classify", "report", "--with", folder["l"], "--in", test, "--json"));
        Assert.True(tuned > plain + 0.01, $"tuned {tuned}, plain {plain}");

        // a predicted row is explained and chosen like any other; a byte of what was learnt that is not what it was is found
        Assert.NotEmpty((await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", test, "--explain", "1", "--json")).Succeeded().Json[0].GetProperty("why").EnumerateArray());
        Assert.Equal(5, (await KindredCommand.RunAsync("classify", "next", "--with", folder["c"], "--in", test, "-k", "5", "--json")).Succeeded().Json.Length);
        byte[] bytes = await File.ReadAllBytesAsync(folder["c"], TestContext.Current.CancellationToken);
        bytes[bytes.AsSpan().IndexOf("KTUN"u8) + 5000] ^= 1;
        await File.WriteAllBytesAsync(folder["d"], bytes, TestContext.Current.CancellationToken);
        Assert.Contains("checksum", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["d"], "--in", test)).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mood_of_real_reviews_is_learnt_from_the_encoders_layers()
    {
        string[] lines = await SharedData.LinesAsync("movie-polarity", "train.tsv.gz");
        using var folder = new Folder();
        string Part(string name, Func<int, bool> which) => folder.Write(name, string.Join('\n', [lines[0], .. lines[1..].Where((_, i) => which(i))]) + "\n");
        string train = Part("train.tsv", i => i % 7 == 0), test = Part("test.tsv", i => i % 14 == 3);
        var fit = (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--out", folder["c"], "--json")).Succeeded().Json[0];
        Assert.Contains("layers", fit.GetProperty("views").EnumerateArray().Select(v => v.GetString()));
        var report = (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", test, "--json")).Succeeded().Json;

        // scikit-learn's naive Bayes on words has 0.700 on these rows; here it was 0.750 without the layers and 0.778 with them
        Assert.True(report[0].GetProperty("value").GetDouble() >= 0.76, $"accuracy {report[0].GetProperty("value")}");
    }

    [Fact]
    public async Task Without_an_encoder_by_words_or_as_fastText_does()
    {
        using var folder = new Folder();
        string train = folder.Write("train.csv", "text,kind\n" + string.Concat(Enumerable.Repeat(string.Concat(Laptops.Select(t => $"{t},laptops\n").Concat(Invoices.Select(t => $"{t},invoices\n"))), 3)));
        foreach (string method in (string[])["words", "fasttext"])
        {
            (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--label", "kind", "--method", method, "--out", folder["c"], "--json")).Succeeded();
            var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", train, "--json")).Succeeded().Json;
            Assert.Equal(36, said.Length);
            Assert.Equal("laptops", said[0].GetProperty("label").GetString());
            var report = (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", train, "--label", "kind", "--json")).Succeeded().Json;
            Assert.True(report[0].GetProperty("value").GetDouble() > 0.95);
            Assert.Equal(3, (await KindredCommand.RunAsync("classify", "next", "--with", folder["c"], "--in", train, "-k", "3", "--json")).Succeeded().Json.Length);
        }
    }

    [Fact]
    public async Task Tables_vectors_and_several_labels()
    {
        using var folder = new Folder();
        var random = new Random(1);
        string table = "number,speed,kind,label\n" + string.Concat(Enumerable.Range(0, 300).Select(i => (speed: 1000 + random.Next(1000), kind: i % 2 == 0 ? "mill" : "lathe", i))
            .Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.i},{r.speed},{r.kind},{(r.speed > 1500 && r.kind == "mill" ? "fails" : "works")}\n")));
        string rows = folder.Write("t.csv", table);
        var fit = (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--out", folder["t"], "--json")).Succeeded();
        Assert.Contains(fit.Errors, e => e.Contains("column number is not learnt from", StringComparison.Ordinal));
        Assert.True(fit.Json[0].GetProperty("accuracy").GetDouble() > 0.97);
        Assert.Equal("fails", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["t"], "--in", folder.Write("one.csv", "kind,number,speed\nmill,1,1900\n"), "--json")).Succeeded().Json[0].GetProperty("label").GetString());
        Assert.Contains("no column 'kind'", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["t"], "--in", folder.Write("less.csv", "number,speed\n1,1900\n"))).Failure(), StringComparison.Ordinal);

        (await KindredCommand.RunAsync(["embed", .. Laptops, .. Invoices, "--out", folder["v.npy"]], [])).Succeeded();
        string labels = folder.Write("labels.csv", "label\n" + string.Concat(Enumerable.Range(0, 12).Select(i => i < 6 ? "laptops\n" : "invoices\n")));
        (await KindredCommand.RunAsync("classify", "fit", "--in", folder["v.npy"], "--labels", labels, "--method", "centroid", "--out", folder["v"])).Succeeded();
        Assert.Equal(12, (await KindredCommand.RunAsync("classify", "predict", "--with", folder["v"], "--in", folder["v.npy"], "--json")).Succeeded().Json.Length);

        string several = folder.Write("m.csv", "text,label\n" + string.Concat(Laptops.Select(t => $"{t},hardware|laptops\n").Concat(Invoices.Select(t => $"{t},money\n"))));
        (await KindredCommand.RunAsync("classify", "fit", "--in", several, "--multi-label", "|", "--method", "logistic", "--out", folder["m"])).Succeeded();
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["m"], "--in", several, "--json")).Succeeded().Json;
        Assert.Equal(["hardware", "laptops"], said[0].GetProperty("labels").EnumerateArray().Select(l => l.GetString()!).Order());
        var own = (await KindredCommand.RunAsync("classify", "report", "--with", folder["m"], "--in", several)).Succeeded();   // what parts the labels is known from the fit
        Assert.DoesNotContain("not learnt", own.ErrorOutput, StringComparison.Ordinal);
        Assert.Equal(own.Output, (await KindredCommand.RunAsync("classify", "report", "--with", folder["m"], "--in", several, "--multi-label", "|")).Succeeded().Output);
        Assert.Contains("\"hardware|laptops\" of " + several + " is made of labels that were learnt: is \"|\" what parts them?", (await KindredCommand.RunAsync("classify", "report", "--with", folder["m"], "--in", several, "--multi-label", ";")).Succeeded().ErrorOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("what parts them", (await KindredCommand.RunAsync("classify", "report", "--with", folder["m"], "--in", several, "--multi-label", "|")).Succeeded().ErrorOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("centroid")]
    [InlineData("knn")]
    [InlineData("logistic")]
    public async Task Of_several_labels_each_method_says_some_and_not_all(string method)
    {
        using var folder = new Folder();
        string rows = folder.Write("m.csv", "text,label\n" + string.Concat(Laptops[..3].Select(t => $"{t},hardware|laptops\n").Concat(Invoices[..3].Select(t => $"{t},money\n"))));
        (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--multi-label", "|", "--method", method, "--out", folder["m"])).Succeeded();
        string asked = folder.Write("new.txt", string.Join('\n', Laptops[3..].Concat(Invoices[3..])) + "\n");
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["m"], "--in", asked, "--json")).Succeeded().Json.Select(s => string.Join('|', s.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!).Order())).ToArray();
        Assert.Equal([.. Laptops[3..].Select(_ => "hardware|laptops"), .. Invoices[3..].Select(_ => "money")], said);
    }

    [Fact]
    public async Task Of_several_labels_with_a_row_each_the_nearest_is_said_and_not_all()
    {
        using var folder = new Folder();
        string rows = folder.Write("m.csv", $"text,label\n{Laptops[1]},hardware|laptops\n{Invoices[1]},money\n"), asked = folder.Write("new.txt", $"{Laptops[0]}\nI want my money back\n");
        var fit = (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--multi-label", "|", "--out", folder["m"])).Succeeded();
        Assert.Contains(fit.Errors, e => e.Contains($"{rows} has too few rows a label", StringComparison.Ordinal));
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["m"], "--in", asked, "--json")).Succeeded().Json;
        Assert.Equal(["hardware|laptops", "money"], said.Select(s => string.Join('|', s.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!).Order())));
    }

    [Fact]
    public async Task A_row_a_label_is_learnt_and_nothing_said_to_be_measured()
    {
        using var folder = new Folder();
        string rows = folder.Write("t.csv", $"text,label\n{Laptops[0]},laptops\n{Invoices[0]},invoices\n");
        Assert.Contains("too few rows to measure", (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--out", folder["c"])).Succeeded().Output, StringComparison.Ordinal);
        var json = (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--out", folder["c"], "--json")).Succeeded().Json[0];
        Assert.Equal(JsonValueKind.Null, json.GetProperty("accuracy").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("macroF1").ValueKind);
        Assert.Equal("laptops", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", folder.Write("new.txt", Laptops[1] + "\n"), "--json")).Succeeded().Json[0].GetProperty("label").GetString());
    }

    [Theory]
    [InlineData("text,label\na,x\nb,x\n", "two are wanted")]
    [InlineData("text,label\na,x\n", "two are wanted")]
    [InlineData("text,other\na,x\nb,y\n", "there is no column 'label'")]
    [InlineData("text,label\n,x\n,y\n", "no row that can be used")]
    [InlineData("", "the table is empty")]
    [InlineData("1,2\n3,4\n", "put a header line on top")]
    public async Task What_cannot_be_learnt_is_said_in_one_line(string table, string expected)
    {
        using var folder = new Folder();
        var run = await KindredCommand.RunAsync("classify", "fit", "--in", folder.Write("t.csv", table), "--method", "words", "--out", folder["c"]);
        Assert.Equal(1, run.Code);
        Assert.Contains(expected, run.Errors[^1], StringComparison.Ordinal);
        Assert.Contains("t.csv", run.Errors[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(folder["c"]));
    }

    [Fact]
    public async Task Wrong_choices_say_what_is_wanted()
    {
        using var folder = new Folder();
        string table = folder.Write("t.csv", "user,item\na,x\nb,y\n");
        Assert.Contains("--items", (await KindredCommand.RunAsync("recommend", "fit", "--in", table, "--method", "content", "--out", folder["r"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("only 1 is known", (await KindredCommand.RunAsync("eval", "retrieval", "--corpus", table, "--queries", table, "--qrels", table, "--best-grade", "3")).Failure(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_of_a_million_names_is_refused_before_the_work()
    {
        using var folder = new Folder();
        string path = folder.Write("t.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 1_000_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"a,{i}\n"))));
        Assert.Contains("1000000 different labels: 20000 can be learnt", (await KindredCommand.RunAsync("classify", "fit", "--in", path, "--out", folder["c"])).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_classifier_is_named()
    {
        using var folder = new Folder();
        string file = folder.Write("c", "no classifier"), rows = folder.Write("t.txt", "a\n");
        Assert.Contains($"{file}, byte 0: not a classifier that `kindred classify fit` wrote", (await KindredCommand.RunAsync("classify", "predict", "--with", file, "--in", rows)).Failure(), StringComparison.Ordinal);
        Assert.Contains("nothere", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["nothere"], "--in", rows)).Failure(), StringComparison.Ordinal);
    }

    /// <summary>Machines that fail or not: 1,600 of 8,000 to learn from and some others.</summary>
    [Fact]
    public async Task Rows_without_a_text_are_shown_by_their_columns_or_by_their_place()
    {
        using var folder = new Folder();
        string[] lines = await SharedData.LinesAsync("ai4i2020", "train.tsv.gz");
        folder.Write("t.tsv", string.Join('\n', lines.Where((_, i) => i % 5 == 0)) + "\n");
        folder.Write("new.tsv", $"{lines[0]}\n{lines[5]}\n{lines[1]}\n");
        (await RunAsync("classify fit --in t.tsv --label Machine_failure --out c")).Succeeded();
        var said = (await RunAsync("classify predict --with c --in new.tsv --explain 1 --json")).Succeeded().Json[0].GetProperty("why")[0];
        string[] cells = lines[5].Split('\t');
        Assert.Equal(1, said.GetProperty("row").GetInt32());
        Assert.StartsWith($"UDI={cells[0]}, Product ID={cells[1]}, Type={cells[2]}, Air temperature [K]={cells[3]}", said.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains(lines[1].Split('\t')[1], (await RunAsync("classify predict --with c --in new.tsv")).Succeeded().Lines[1], StringComparison.Ordinal);
        var next = (await RunAsync("classify next --with c --in new.tsv -k 1 --json")).Succeeded().Json[0];
        Assert.StartsWith($"UDI={lines[next.GetProperty("row").GetInt32() == 1 ? 5 : 1].Split('\t')[0]}, ", next.GetProperty("text").GetString(), StringComparison.Ordinal);

        // of the two rows the first was learnt from
        folder.Write("test.tsv", string.Join('\n', lines[..31]) + "\n");
        string warned = Assert.Single((await RunAsync("classify report --with c --in test.tsv --label Machine_failure")).Succeeded().Errors, e => e.Contains("fitted to", StringComparison.Ordinal));
        Assert.Contains("6 of 30 rows of test.tsv are the same as rows that it was fitted to, such as row 5: the figures flatter", warned, StringComparison.Ordinal);

        // what was learnt from columns reads no vectors, and the other way round
        folder.Write("t.txt", string.Concat(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? $"the bell rings {i}\n" : $"bread of {i} eggs\n")));
        (await RunAsync("embed --in t.txt --out v.npy")).Succeeded();
        folder.Write("l.csv", "label\n" + string.Concat(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? "bell\n" : "bread\n")));
        Assert.Contains("v.npy holds vectors; c was learnt from the columns of a table", (await RunAsync("classify predict --with c --in v.npy")).Failure(), StringComparison.Ordinal);
        (await RunAsync("classify fit --in v.npy --labels l.csv --out v")).Succeeded();
        Assert.Contains("v was learnt from vectors: a .npy or .fvecs file is wanted", (await RunAsync("classify predict --with v --in t.tsv")).Failure(), StringComparison.Ordinal);
        Assert.Equal("v.npy, row 4", (await RunAsync("classify predict --with v --in v.npy --explain 1 --json")).Succeeded().Json[3].GetProperty("why")[0].GetProperty("text").GetString());
        Assert.Contains("20 of 20 rows", (await RunAsync("classify report --with v --in v.npy --labels l.csv")).Succeeded().ErrorOutput, StringComparison.Ordinal);

        Task<KindredCommand.Result> RunAsync(string call) => KindredCommand.RunAsync(call.Split(' '), [], folder: folder.Path);
    }

    [Fact]
    public async Task Columns_that_say_the_answer_are_left_out()
    {
        using var folder = new Folder();
        string rows = folder.Write("t.csv", "text,x,answer,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"it rings,{i * 7 % 11}.5,{(i % 2 == 0 ? "yes" : "no")},{(i % 2 == 0 ? "a" : "b")}\n")));
        (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--ignore", "text", "answer", "--out", folder["c"])).Succeeded();
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", folder.Write("new.csv", "x\n3.5\n"), "--explain", "1", "--json")).Succeeded().Json[0];
        Assert.StartsWith("x=", said.GetProperty("why")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("answer", said.GetProperty("why")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("there is no column 'anser'", (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--ignore", "anser", "--out", folder["c"])).Failure(), StringComparison.Ordinal);
        (await KindredCommand.RunAsync("embed", "a", "b", "--out", folder["v.npy"])).Succeeded();
        Assert.Contains("--ignore leaves out columns of a table", (await KindredCommand.RunAsync("classify", "fit", "--in", folder["v.npy"], "--labels", rows, "--ignore", "x", "--out", folder["c"])).Failure(), StringComparison.Ordinal);
    }

    /// <summary>The first row names no w and no note: neither could be left out, and w was not learnt.</summary>
    [Fact]
    public async Task Columns_that_the_first_row_of_JSON_has_not_are_learnt_and_left_out()
    {
        using var folder = new Folder();
        string rows = folder.Write("t.jsonl", "{\"text\":\"it rings\",\"label\":\"a\"}\n" + string.Concat(Enumerable.Range(1, 39).Select(i => $"{{\"text\":\"it rings\",\"w\":{i % 2},\"note\":\"n{i % 3}\",\"label\":\"{(i % 2 == 0 ? "a" : "b")}\"}}\n")));
        (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--ignore", "Text", "note", "--out", folder["c"])).Succeeded();
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", folder.Write("new.csv", "w\n1\n"), "--json")).Succeeded();
        Assert.Equal("b", said.Json[0].GetProperty("label").GetString());
        (await KindredCommand.RunAsync("detect", "fit", "--in", rows, "--ignore", "text", "note", "label", "--out", folder["d"])).Succeeded();
    }

    [Fact]
    public async Task A_title_that_is_read_with_the_text_is_not_left_out_in_silence()
    {
        using var folder = new Folder();
        string rows = folder.Write("t.csv", "title,text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{(i % 2 == 0 ? "ham,hello,a" : "spam,hello,b")}\n")));
        foreach (string verb in (string[])["classify", "detect"])
            Assert.Contains("--ignore title: it is read before text; --text text reads that alone", (await KindredCommand.RunAsync(verb, "fit", "--in", rows, "--ignore", "title", "--out", folder["c"])).Failure(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("knn")]
    public async Task One_row_is_too_few(string method)
    {
        using var folder = new Folder();
        string rows = folder.Write("t.csv", $"text,label\n{Laptops[0]},hardware|laptops\n");
        Assert.Contains($"{rows}: 1 row is too few to learn labels: 2 at least", (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--multi-label", "|", "--method", method, "--out", folder["c"])).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_that_cannot_be_learnt_are_told_before_the_model_is_opened()
    {
        using var folder = new Folder();
        string model = folder.Write("model", "no model"), rows = folder.Write("t.csv", "text,label\na,x\nb,x\n");
        Assert.Contains($"{rows}: All rows have the label \"x\": two are wanted", (await KindredCommand.RunAsync("classify", "fit", "--in", rows, "--model", model, "--out", folder["c"])).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_that_never_differ_are_told()
    {
        using var folder = new Folder();
        string table = folder.Write("t.csv", "x,y,label\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{(i % 2 * 5) + (i % 3)},7,{(i % 2 == 0 ? "a" : "b")}\n")));
        string told = Assert.Single((await KindredCommand.RunAsync("classify", "fit", "--in", table, "--out", folder["c"])).Succeeded().Errors);
        Assert.Contains("column y tells no label from another: it holds the same number in all rows", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_on_texts_that_were_learnt_is_warned_of()
    {
        using var folder = new Folder();
        string[] lines = await SharedData.LinesAsync("sms-spam", "train.tsv.gz");
        string learnt = folder.Write("t.tsv", string.Join('\n', lines[..301]) + "\n"), both = folder.Write("b.tsv", $"{lines[0]}\n{string.Join('\n', lines[290..320])}\n");
        var known = lines[1..301].Select(l => l.Split('\t')[1]).ToHashSet();
        int same = lines[290..320].Count(l => known.Contains(l.Split('\t')[1]));
        (await KindredCommand.RunAsync("classify", "fit", "--in", learnt, "--method", "words", "--out", folder["c"])).Succeeded();
        Assert.Contains($"{same} of 30 rows of {both} are the same as rows that it was fitted to, such as row 1:", (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", both)).Succeeded().ErrorOutput, StringComparison.Ordinal);
        string fresh = folder.Write("f.tsv", $"{lines[0]}\n{string.Join('\n', lines[301..].Where(l => !known.Contains(l.Split('\t')[1])).Take(30))}\n");
        Assert.DoesNotContain("fitted to", (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", fresh)).Succeeded().ErrorOutput, StringComparison.Ordinal);
    }
}
