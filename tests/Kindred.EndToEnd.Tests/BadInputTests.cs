using System.IO.Compression;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Kindred.EndToEnd.Tests;

/// <summary>What goes wrong in a user's folder, store or disk ends in one line or in a listed skip, and nothing else is lost.</summary>
public class BadInputTests
{
    [Fact]
    public async Task A_missing_and_an_empty_folder_are_named_and_leave_no_store()
    {
        using var folder = new Folder();
        Assert.Contains(folder["none"], (await KindredCommand.RunAsync("index", folder["none"], "--store", folder["s"])).Failure(), StringComparison.Ordinal);
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains(folder["empty"], (await KindredCommand.RunAsync("index", folder["empty"], "--store", folder["s"])).Failure(), StringComparison.Ordinal);
        Assert.Contains(folder["s"], (await KindredCommand.RunAsync("search", "x", "--store", folder["s"])).Failure(), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["s"]));
    }

    [Fact]
    public async Task Files_that_cannot_be_read_are_listed_and_the_others_are_found()
    {
        using var folder = new Folder();
        string docs = folder["docs"];
        folder.Write("docs/good.txt", "The lighthouse keeper writes letters.");
        folder.Write("docs/zero.txt", "");
        folder.Write("docs/locked.txt", "secret");
        File.WriteAllBytes(folder["docs/binary.txt"], [.. Enumerable.Range(0, 4000).Select(i => (byte)(i * 37))]);
        File.WriteAllBytes(folder["docs/program.exe"], [0x4d, 0x5a, 0, 0]);
        using (var large = File.Create(folder["docs/large.txt"])) large.SetLength(200L << 20);
        File.WriteAllBytes(folder["docs/cut.pdf"], Encoding.ASCII.GetBytes("%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Ki"));
        Bomb(folder["docs/bomb.docx"]);
        folder.Write("docs/bad.jsonl", "{\"text\":\"fine\"}\n{\"text\": oops}\n");
        folder.Write("docs/open.csv", "text,label\n\"never closed,x\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder["docs/locked.txt"], UnixFileMode.None);
        string[] bad = ["zero.txt", "locked.txt", "binary.txt", "program.exe", "large.txt", "cut.pdf", "bomb.docx", "bad.jsonl", "open.csv"];

        var run = (await KindredCommand.RunAsync(["index", docs, "--store", folder["s"], "--json"], NotAllPowerful)).Succeeded();
        var report = Assert.Single(run.Json);
        Assert.Equal(1, report.GetProperty("documents").GetInt32());
        Assert.Equal(bad.Order(StringComparer.Ordinal), report.GetProperty("skipped").EnumerateArray().Select(s => s.GetProperty("path").GetString()!).Order(StringComparer.Ordinal));
        foreach (string name in bad) Assert.Contains(run.Errors, e => e.Contains(name, StringComparison.Ordinal));
        Assert.DoesNotContain(run.Errors, e => e.TrimStart().StartsWith("at ", StringComparison.Ordinal));
        Assert.Equal("good.txt", Assert.Single((await KindredCommand.RunAsync("search", "who writes", "--store", folder["s"], "--json")).Succeeded().Json).GetProperty("source").GetString());
    }

    [Fact]
    public async Task Odd_texts_are_indexed_whole()
    {
        using var folder = new Folder();
        folder.Write("docs/good.txt", "The lighthouse keeper writes letters.");
        File.WriteAllText(folder["docs/long.txt"], new string('x', 10_000_000));
        File.WriteAllText(folder["docs/nul.txt"], "before\0after the NUL comes the harbour\n");
        folder.Write("docs/surrogate.jsonl", "{\"text\":\"half \\ud83d of a pair in the harbour\"}\n");
        File.WriteAllBytes(folder["docs/latin.txt"], Encoding.Latin1.GetBytes("Caf\u00e9 am Hafen, ge\u00f6ffnet bis sp\u00e4t."));
        File.WriteAllBytes(folder["docs/wide.txt"], [0xff, 0xfe, .. Encoding.Unicode.GetBytes("Two bytes a letter, said the keeper.")]);
        var run = (await KindredCommand.RunAsync("index", folder["docs"], "--store", folder["s"], "--json")).Succeeded();
        var report = Assert.Single(run.Json);
        int skipped = report.GetProperty("skipped").GetArrayLength();
        Assert.Equal(6, report.GetProperty("documents").GetInt32() + skipped);
        Assert.DoesNotContain(report.GetProperty("skipped").EnumerateArray(), s => s.GetProperty("path").GetString() is "latin.txt" or "wide.txt" or "long.txt" or "surrogate.jsonl");
        Assert.Contains(run.Errors, e => e.Contains("latin.txt", StringComparison.Ordinal) && e.Contains("Latin-1", StringComparison.Ordinal));

        var hits = (await KindredCommand.RunAsync("search", "a café by the harbour", "--store", folder["s"], "-k", "100000", "--json")).Succeeded().Json;
        Assert.Contains(hits, h => h.GetProperty("text").GetString()!.Contains("Café am Hafen, geöffnet", StringComparison.Ordinal));
        Assert.Contains(hits, h => h.GetProperty("text").GetString()!.Contains("said the keeper", StringComparison.Ordinal));
        Assert.Equal(10_000_000, hits.Where(h => h.GetProperty("source").GetString() == "long.txt").Max(h => h.GetProperty("end").GetInt32()));
        Assert.All(hits, h => Assert.True(double.IsFinite(h.GetProperty("score").GetDouble())));
    }

    [Fact]
    public async Task A_store_that_is_none_is_named()
    {
        using var folder = new Folder();
        folder.Write("docs/good.txt", "The lighthouse keeper writes letters.");
        File.WriteAllText(folder["text"], string.Concat(Enumerable.Repeat("This is no database. ", 500)));
        foreach (string[] verb in new string[][] { ["search", "x"], ["ask", "x"], ["index", folder["docs"]] })
            Assert.Contains(folder["text"], (await KindredCommand.RunAsync([.. verb, "--store", folder["text"]])).Failure(), StringComparison.Ordinal);
        Assert.StartsWith("This is no database.", await File.ReadAllTextAsync(folder["text"], TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // another program's database is not written to
        Execute(folder["other"], "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");

        (await KindredCommand.RunAsync("index", folder["docs"], "--store", folder["other"])).Failure();
        (await KindredCommand.RunAsync("search", "x", "--store", folder["docs"])).Failure();
    }

    [Fact]
    public async Task A_store_of_a_newer_format_is_left_alone()
    {
        using var folder = new Folder();
        folder.Write("docs/good.txt", "The lighthouse keeper writes letters.");
        (await KindredCommand.RunAsync("index", folder["docs"], "--store", folder["s"])).Succeeded();
        Execute(folder["s"], "PRAGMA user_version = 999");

        Assert.Contains("999", (await KindredCommand.RunAsync("search", "x", "--store", folder["s"])).Failure(), StringComparison.Ordinal);
        Assert.Contains("newer", (await KindredCommand.RunAsync("index", folder["docs"], "--store", folder["s"])).Failure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_finds_a_changed_vector()
    {
        using var folder = new Folder();
        folder.Write("docs/good.txt", "The lighthouse keeper writes letters.");
        (await KindredCommand.RunAsync("index", folder["docs"], "--store", folder["s"])).Succeeded();
        Execute(folder["s"], "DROP TRIGGER chunks_changed; UPDATE chunks SET vector = CAST(x'0000c07f' || substr(vector, 5) AS BLOB)");

        var check = await KindredCommand.RunAsync("check", folder["s"], "--json");
        Assert.Equal(1, check.Code);
        Assert.False(Assert.Single(check.Json).GetProperty("ok").GetBoolean());
        Assert.Single(check.Errors);
    }

    [Fact]
    public async Task A_full_disk_ends_in_one_line_and_keeps_what_was_stored()
    {
        using var folder = new Folder();
        string disk = folder["disk"];
        Directory.CreateDirectory(disk);
        if (!await RunAsync("mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", disk)) Assert.Skip("mounting a small disk needs rights that are not given here");
        try
        {
            folder.Write("few/good.txt", "The lighthouse keeper writes letters.");
            for (int i = 0; i < 300; i++) folder.Write($"lots/{i}.txt", $"Lantern {i} hangs in room {i}. {string.Concat(Enumerable.Repeat($"Keeper {i} trims it. ", 40))}");
            string store = Path.Combine(disk, "s.kindred");
            (await KindredCommand.RunAsync("index", folder["few"], "--store", store)).Succeeded();
            string error = (await KindredCommand.RunAsync("index", folder["lots"], "--store", store)).Failure();
            Assert.Contains("no space left", error, StringComparison.Ordinal);
            Assert.True(await RunAsync("mount", "-o", "remount,size=60m", disk));
            Assert.Equal("good.txt", (await KindredCommand.RunAsync("search", "who writes letters", "--store", store, "-k", "1", "--json")).Succeeded().Json[0].GetProperty("source").GetString());
            var report = Assert.Single((await KindredCommand.RunAsync("index", folder["lots"], "--store", store, "--json")).Succeeded().Json);
            Assert.Equal(301, report.GetProperty("documents").GetInt32());
        }
        finally
        {
            await RunAsync("umount", disk);
        }
    }

    [Fact]
    public async Task Pictures_and_matrices_are_not_left_half_written()
    {
        using var folder = new Folder();
        folder.Write("docs/good.txt", "The lighthouse keeper writes letters.");
        (await KindredCommand.RunAsync("index", folder["docs"], "--store", folder["s"])).Succeeded();
        (await KindredCommand.RunAsync("map", "--store", folder["s"], "--out", folder["none/map.png"])).Failure();
        (await KindredCommand.RunAsync("map", "--store", folder["s"], "--out", folder["map.png"], "--color", "nothing")).Failure();
        Assert.Equal(2, (await KindredCommand.RunAsync("map", "--store", folder["s"], "--out", folder["map.gif"])).Code);
        Assert.Equal(2, (await KindredCommand.RunAsync("map", "--out", folder["map.png"])).Code);
        Assert.Equal(2, (await KindredCommand.RunAsync("search", "x", "--store", folder["s"], "-k", "0")).Code);

        // one passage is a map too
        (await KindredCommand.RunAsync("map", "--store", folder["s"], "--out", folder["map.png"])).Succeeded();
        Assert.Equal(["docs", "map.png", "s"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Where(n => !n!.StartsWith("s.", StringComparison.Ordinal) && !n.StartsWith("s-", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>Root reads every file; without these two rights it is as other users are.</summary>
    private static string[] NotAllPowerful => Environment.UserName == "root"
        ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
        : [];

    /// <summary>A small zip whose document swells to 1 GB of text.</summary>
    private static void Bomb(string path)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Entry("[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>", 0);
        Entry("_rels/.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>", 0);
        Entry("word/document.xml", "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p><w:r><w:t>", 1024);

        void Entry(string name, string text, int megabytes)
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            stream.Write(Encoding.UTF8.GetBytes(text));
            byte[] filler = new byte[4 << 20];
            Array.Fill(filler, (byte)'a');
            for (int i = 0; i < megabytes; i += 4) stream.Write(filler);
        }
    }

    /// <summary>Changes a database behind the command's back.</summary>
    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0;
    }
}
