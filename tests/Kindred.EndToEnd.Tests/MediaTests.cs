using Kindred.EndToEnd.Tests.Architecture;

namespace Kindred.EndToEnd.Tests;

/// <summary>Folders of pictures and of sounds, and tables with a column of their names, as users give them.</summary>
public class MediaTests
{
    private static readonly string Photos = Path.Combine(SourceTree.Root, "samples", "photos"), Sounds = Path.Combine(SourceTree.Root, "samples", "sounds");

    [Fact]
    public async Task From_a_folder_of_photographs_to_labels_clusters_and_a_map()
    {
        using var folder = new Folder();
        var fit = (await KindredCommand.RunAsync("classify", "fit", "--in", Photos, "--out", folder["c"], "--json")).Succeeded().Json[0];
        Assert.Equal((24, 4), (fit.GetProperty("rows").GetInt32(), fit.GetProperty("labels").GetInt32()));
        Assert.True(fit.GetProperty("accuracy").GetDouble() > 0.9);
        Assert.DoesNotContain(fit.GetProperty("views").EnumerateArray(), v => v.GetString() is "terms" or "bayes");   // names are no texts

        // other names for the labels than the folders have, a file that is not there, and one that is cut off
        File.Copy(Path.Combine(Photos, "tomato", "tomato_09.jpg"), folder["one.jpg"]);
        await File.WriteAllBytesAsync(folder["cut.jpg"], (await File.ReadAllBytesAsync(folder["one.jpg"], TestContext.Current.CancellationToken))[..2000], TestContext.Current.CancellationToken);
        string table = folder.Write("new.csv", $"file,note\none.jpg,good\ncut.jpg,bad\nnone.jpg,gone\n{Path.Combine(Photos, "banana", "banana_01.jpg")},whole path\n");
        var said = (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", table, "--json", "--explain", "1")).Succeeded();
        Assert.Equal([("tomato", 1), ("banana", 4)], said.Json.Select(r => (r.GetProperty("label").GetString(), r.GetProperty("row").GetInt32())));
        Assert.StartsWith("tomato/tomato_", said.Json[0].GetProperty("why")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains(said.Errors, e => e.Contains("row 2: cut.jpg: the picture is broken or cut off", StringComparison.Ordinal));
        Assert.Contains(said.Errors, e => e.Contains("row 3: none.jpg: there is no such file", StringComparison.Ordinal));
        Assert.Contains(said.Errors, e => e.Contains("2 rows of", StringComparison.Ordinal));

        var clusters = (await KindredCommand.RunAsync("cluster", "--in", Photos, "--k", "4", "--label", "label", "--json")).Succeeded().Json;
        Assert.True(clusters[^1].GetProperty("vMeasure").GetDouble() > 0.9);
        (await KindredCommand.RunAsync("map", "--in", Photos, "--color", "label", "--out", folder["m.png"], "--json")).Succeeded();
        Assert.True(new FileInfo(folder["m.png"]).Length > 1000);
        Assert.Equal(24, (await KindredCommand.RunAsync("embed", "--in", Photos, "--json")).Succeeded().Json.Length);
    }

    [Fact]
    public async Task Everyday_sounds_are_told_apart_and_an_odd_one_is_found()
    {
        string esc = SharedData.Path("esc10");
        using var folder = new Folder();
        string[] rows = await File.ReadAllLinesAsync(Path.Combine(esc, "labels.tsv"), TestContext.Current.CancellationToken);
        string Table(string name, Func<string[], bool> which) => folder.Write(name, "file\tlabel\n" + string.Concat(rows[1..].Select(r => r.Split('\t')).Where(which).Select(r => $"{Path.Combine(esc, r[0])}\t{r[1]}\n")));
        string train = Table("train.tsv", r => r[2] != "4"), test = Table("test.tsv", r => r[2] == "4");
        (await KindredCommand.RunAsync("classify", "fit", "--in", train, "--out", folder["c"], "--json")).Succeeded();
        var report = (await KindredCommand.RunAsync("classify", "report", "--with", folder["c"], "--in", test, "--json")).Succeeded().Json;
        Assert.Equal(20, report[0].GetProperty("n").GetInt32());
        Assert.True(report[0].GetProperty("value").GetDouble() >= 0.8, $"accuracy {report[0].GetProperty("value")}; 0.95 when this was written");

        string calm = Table("calm.tsv", r => r[1] is "rain" or "sea_waves" or "helicopter"), odd = Table("odd.tsv", r => r[1] is "rooster" or "dog");
        (await KindredCommand.RunAsync("detect", "fit", "--in", calm, "--out", folder["d"], "--json")).Succeeded();
        var scores = (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", odd, "--json")).Succeeded().Json;
        Assert.Equal(16, scores.Length);
        Assert.True(scores.Count(s => s.GetProperty("anomaly").GetBoolean()) >= 10, $"{scores.Count(s => s.GetProperty("anomaly").GetBoolean())} of 16");
    }

    [Fact]
    public async Task What_does_not_fit_together_is_said()
    {
        using var folder = new Folder();
        (await KindredCommand.RunAsync("classify", "fit", "--in", Sounds, "--out", folder["c"], "--json")).Succeeded();
        var wrongKind = await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", Photos);
        Assert.Contains(wrongKind.Errors, e => e.Contains("not a WAV file", StringComparison.Ordinal));
        Assert.Contains("no row that can be used", wrongKind.Errors[^1], StringComparison.Ordinal);
        Assert.Contains("there is no picture and no sound", (await KindredCommand.RunAsync("classify", "fit", "--in", Path.Combine(SourceTree.Root, "samples", "helpdesk"), "--out", folder["x"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("reads texts", (await KindredCommand.RunAsync("classify", "fit", "--in", Photos, "--method", "words", "--out", folder["x"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("a sentence encoder is wanted", (await KindredCommand.RunAsync("similarity", "a", "b", "--model", "sound")).Failure(), StringComparison.Ordinal);
        string broken = folder.Write("broken.wav", "RIFF");
        Assert.Contains("broken.wav: not a WAV file", (await KindredCommand.RunAsync("embed", broken, "--model", "sound")).Failure(), StringComparison.Ordinal);
        // a text that ends as a picture does is a text, links to folders end nowhere, and a blank name is named
        string ending = folder.Write("ending.csv", "text,label\nplease open photo.jpg,a\nclose it,b\n");
        Assert.Equal(384, (await KindredCommand.RunAsync("embed", "--in", ending, "--json")).Succeeded().Json[0].GetProperty("vector").GetArrayLength());
        Directory.CreateDirectory(folder["loop/banana"]);
        File.Copy(Path.Combine(Photos, "banana", "banana_01.jpg"), folder["loop/banana/a.jpg"]);
        File.Copy(Path.Combine(Photos, "banana", "banana_01.jpg"), folder["loop/top.jpg"]);
        await File.WriteAllTextAsync(folder["loop/._a.jpg"], "not a picture", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(folder["loop/again"], folder["loop"]);
        Assert.Equal(2, (await KindredCommand.RunAsync("embed", "--in", folder["loop"], "--json")).Succeeded().Json.Length);
        Assert.Contains("row 2: it has no label", (await KindredCommand.RunAsync("classify", "fit", "--in", folder["loop"], "--out", folder["x"])).Errors[0], StringComparison.Ordinal);
        string blank = folder.Write("blank.jsonl", "{\"file\":\"loop/top.jpg\"}\n{\"file\":null}\n");
        Assert.Contains("the name of the file is blank", (await KindredCommand.RunAsync("embed", "--in", blank)).Failure(), StringComparison.Ordinal);
        string texts = folder.Write("texts.csv", "text,label\na b,x\nc d,y\n");
        Assert.Contains("no row that can be used", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", texts)).Errors[^1], StringComparison.Ordinal);
    }

    /// <summary>Classify, cluster, detect, embed and map go by one rule: --model, then the names in the column.</summary>
    [Fact]
    public async Task What_is_encoded_is_decided_alike_by_all_verbs()
    {
        using var folder = new Folder();
        string[] photos = [.. Directory.GetFiles(Photos, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        for (int i = 0; i < photos.Length; i++) File.Copy(photos[i], folder[$"photo{i}"]);   // no ending to tell by
        string bare = folder.Write("bare.csv", "file,label\n" + string.Concat(photos.Select((p, i) => $"photo{i},{Path.GetFileName(Path.GetDirectoryName(p))}\n")));
        Assert.Equal(512, (await KindredCommand.RunAsync("embed", "--in", bare, "--model", "resnet18", "--json")).Succeeded().Json[0].GetProperty("vector").GetArrayLength());
        (await KindredCommand.RunAsync("map", "--in", bare, "--model", "resnet18", "--method", "pca", "--out", folder["m.png"])).Succeeded();
        Assert.True((await KindredCommand.RunAsync("cluster", "--in", bare, "--model", "resnet18", "--k", "4", "--label", "label", "--json")).Succeeded().Json[^1].GetProperty("vMeasure").GetDouble() > 0.9);
        (await KindredCommand.RunAsync("detect", "fit", "--in", bare, "--model", "resnet18", "--out", folder["d"])).Succeeded();
        Assert.Equal(24, (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", bare, "--json")).Succeeded().Json.Length);
        (await KindredCommand.RunAsync("classify", "fit", "--in", bare, "--model", "resnet18", "--out", folder["c"])).Succeeded();
        Assert.Equal(24, (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", bare, "--json")).Succeeded().Json.Length);
        Assert.Contains("another model (resnet18) than minilm", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", bare, "--model", "minilm")).Failure(), StringComparison.Ordinal);

        // an encoder of texts has nothing to read here
        foreach (string[] verb in (string[][])[["embed"], ["map", "--out", folder["m.png"]], ["cluster"], ["detect", "fit", "--out", folder["x"]], ["classify", "fit", "--out", folder["x"]]])
        {
            Assert.Contains("no column 'text'", (await KindredCommand.RunAsync([.. verb, "--in", bare, "--model", "minilm"])).Failure(), StringComparison.Ordinal);
            Assert.Contains("where texts are wanted", (await KindredCommand.RunAsync([.. verb, "--in", Photos, "--model", "minilm"])).Failure(), StringComparison.Ordinal);
        }

        // the first name is null
        string late = folder.Write("late.jsonl", "{\"file\":null,\"label\":\"a\"}\n" + string.Concat(photos.Select(p => $"{{\"file\":\"{p}\",\"label\":\"{Path.GetFileName(Path.GetDirectoryName(p))}\"}}\n")));
        foreach (string[] verb in (string[][])[["cluster", "--k", "4"], ["detect", "fit", "--out", folder["x"]], ["classify", "fit", "--out", folder["x"]]])
        {
            var run = (await KindredCommand.RunAsync([.. verb, "--in", late])).Succeeded();
            Assert.Contains(run.Errors, e => e.Contains("row 1: ", StringComparison.Ordinal) && e.Contains("blank", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Numbers_beside_the_names_of_files_that_are_not_there_are_what_counts()
    {
        using var folder = new Folder();
        string table = folder.Write("t.csv", "size,weight,file,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i % 2 * 10) + (i % 7)},{(i % 2 * 3) + (i % 5)},shots/{i}.jpg,{(i % 2 == 0 ? "small" : "large")}\n")));
        (string[] Verb, string Out)[] verbs = [(["classify", "fit", "--out", folder["c"]], "40 rows, 2 labels"), (["cluster", "--k", "2"], "2 clusters"), (["detect", "fit", "--out", folder["d"]], "2 columns")];
        foreach (var (verb, said) in verbs)
        {
            var run = (await KindredCommand.RunAsync([.. verb, "--in", table])).Succeeded();
            Assert.Contains(run.Errors, e => e.Contains("none of the files that column 'file' names is there, such as shots/0.jpg", StringComparison.Ordinal));
            Assert.Contains(said, run.Output, StringComparison.Ordinal);
        }

        Assert.Contains("2 columns", (await KindredCommand.RunAsync("detect", "fit", "--in", table, "--ignore", "file", "--out", folder["d"])).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("none of the files", (await KindredCommand.RunAsync("embed", "--in", table)).Failure(), StringComparison.Ordinal);
        Assert.Contains("without an encoder", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", table, "--model", "minilm")).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_pictures_is_no_texts_and_another_model_is_noticed()
    {
        using var folder = new Folder();
        string texts = folder.Write("t.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{(i % 2 == 0 ? "a red" : "the blue")} house {i},{i % 2}\n")));
        (await KindredCommand.RunAsync("classify", "fit", "--in", texts, "--model", "fast", "--out", folder["c"])).Succeeded();
        Assert.Contains("is a folder of pictures or sounds, where texts are wanted", (await KindredCommand.RunAsync("classify", "predict", "--with", folder["c"], "--in", Photos)).Failure(), StringComparison.Ordinal);
        string words = folder.Write("words.vec", "3 2\nred 1 0\nblue 0 1\nhouse 1 1\n");
        (await KindredCommand.RunAsync(["detect", "fit", "--in", texts, "--model", "words.vec", "--out", folder["d"]], [], folder: folder.Path)).Succeeded();
        (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", texts)).Succeeded();
        Assert.Contains("where texts are wanted", (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", Photos)).Failure(), StringComparison.Ordinal);
        folder.Write("words.vec", "3 2\nred 1 0\nblue 0 1\nhouse 0.5 1\n");
        Assert.Contains("another model", (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", texts)).Failure(), StringComparison.Ordinal);
        File.Delete(words);
        Assert.Contains("is not here", (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", texts)).Failure(), StringComparison.Ordinal);
    }
}
