using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kindred.Store.Tests.Reading;

public sealed partial class DocumentFolderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Files_are_found_in_order_and_the_rest_is_listed()
    {
        using var temp = new TempFolder();
        foreach (string name in (string[])["b.txt", "a/z.md", "a/B.PDF", "picture.png", ".hidden/x.txt", ".env", "node_modules/m.js", "a/obj/o.cs", "Makefile"]) temp.File($"docs/{name}", "x");
        temp.File("docs/nothing.txt", "");
        var folder = temp.Documents();
        Assert.Equal(["Makefile", "a/B.PDF", "a/z.md", "b.txt"], folder.Files.Select(f => f.Path));
        Assert.Equal(["text", "pdf", "markdown", "text"], folder.Files.Select(f => f.Kind));
        Assert.All(folder.Files, f => Assert.True(File.Exists(f.FullPath)));
        Assert.Equal(["a/obj", "node_modules", "nothing.txt", "picture.png"], folder.Skipped.Select(s => s.Path));
        Assert.Contains("empty", folder.Skipped[2].Reason);
        Assert.Equal("not a text format", folder.Skipped[3].Reason);
    }

    [Fact]
    public void A_single_file_is_a_folder_of_one()
    {
        using var temp = new TempFolder();
        var folder = Documents.FromFolder(temp.File("docs/a.txt", "x"), cancellationToken: Cancel);
        Assert.Equal("a.txt", Assert.Single(folder.Files).Path);
        Assert.Equal(Path.Combine(temp.Root, "docs"), folder.Root);
        Assert.Throws<DirectoryNotFoundException>(() => temp.Documents("none"));
    }

    [Fact]
    public void Links_are_followed_to_files_and_never_to_folders()
    {
        using var temp = new TempFolder();
        string real = temp.File("elsewhere/real.txt", "linked words");
        temp.File("docs/a.txt", "x");
        string docs = Path.Combine(temp.Root, "docs");
        File.CreateSymbolicLink(Path.Combine(docs, "link.txt"), real);
        File.CreateSymbolicLink(Path.Combine(docs, "dead.txt"), "/nowhere/at/all");
        File.CreateSymbolicLink(Path.Combine(docs, "self.txt"), Path.Combine(docs, "self.txt"));
        Directory.CreateSymbolicLink(Path.Combine(docs, "loop"), docs);
        var folder = temp.Documents();
        Assert.Equal(["a.txt", "link.txt"], folder.Files.Select(f => f.Path));
        Assert.Equal(["dead.txt", "loop", "self.txt"], folder.Skipped.Select(s => s.Path));
        Assert.Equal("linked words", Assert.Single(Documents.Read(folder.Files[1], cancellationToken: Cancel).Documents).Text);
    }

    [Fact]
    public async Task A_file_of_200_MB_is_listed_with_its_size_and_the_limit()
    {
        using var temp = new TempFolder();
        temp.File("docs/good.txt", "good words");
        foreach (string name in (string[])["big.txt", "big.csv", "big.pdf", "big.docx"])
            using (var file = File.Create(Path.Combine(temp.Root, "docs", name))) file.SetLength(200L << 20);   // a hole, takes no room
        await using var store = await temp.OpenAsync(new FakeModel());
        var report = await store.IndexAsync(temp.Documents());
        Assert.Equal(["big.csv", "big.docx", "big.pdf", "big.txt"], report.Skipped.Select(s => s.Path).Order());
        foreach (string name in (string[])["big.txt", "big.csv"])
            Assert.Equal("200 MB is over the limit of 64 MB (ReadOptions.MaxBytes)", report.Skipped.Single(s => s.Path == name).Reason);
        Assert.Equal("good words", Assert.Single(await store.FindAsync("good")).Text);
        Assert.Equal(5, Documents.FromFolder(Path.Combine(temp.Root, "docs"), new ReadOptions { MaxBytes = 256L << 20 }, Cancel).Files.Count);
    }

    [Fact]
    public async Task A_pipe_is_not_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "no named pipes in folders here");
        using var temp = new TempFolder();
        temp.File("docs/good.txt", "good");
        string pipe = Path.Combine(temp.Root, "docs", "pipe.txt");
        using (var process = Process.Start("mkfifo", pipe)) await process.WaitForExitAsync(Cancel);
        Assert.True(File.Exists(pipe));
        var folder = temp.Documents();
        Assert.Equal("pipe.txt", Assert.Single(folder.Skipped).Path);
        var forced = new DocumentFile("pipe.txt", pipe, 10, default, "text");
        Assert.Throws<UnreadableDocumentException>(() => Documents.Read(forced, cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_file_that_may_not_be_read_is_refused_as_that()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "rights are taken away by a call of Linux");
        if (!OperatingSystem.IsLinux()) return;   // said once more for the analyzer
        using var temp = new TempFolder();
        string secret = temp.File("docs/secret.txt", "secret words"), closed = Path.GetDirectoryName(temp.File("docs/closed/x.txt", "x"))!;
        temp.File("docs/sound.txt", "sound words");
        foreach (string folder in (string[])[temp.Root, Path.Combine(temp.Root, "docs")]) File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(secret, UnixFileMode.None);
        File.SetUnixFileMode(closed, UnixFileMode.None);
        try
        {
            AsNobody(() =>
            {
                var folder = temp.Documents();
                Assert.Equal(["secret.txt", "sound.txt"], folder.Files.Select(f => f.Path));
                Assert.Equal("closed", Assert.Single(folder.Skipped).Path);
                Assert.Contains("access denied", folder.Skipped[0].Reason);
                var error = Assert.Throws<UnreadableDocumentException>(() => Documents.Read(folder.Files[0], cancellationToken: Cancel));
                Assert.Equal("cannot be opened: access denied", error.Reason);
            });
            // in a run of the store: listed, and the others are read
            await using var store = await temp.OpenAsync(new FakeModel());
            Task<AddReport>? run = null;
            AsNobody(() => run = store.IndexAsync(temp.Documents()));   // the first file is opened on this very thread
            var report = await run!;
            Assert.Contains(report.Skipped, s => s is { Path: "secret.txt", Reason: "access denied" });
            Assert.Equal(1, report.Documents);
        }
        finally
        {
            File.SetUnixFileMode(closed, (UnixFileMode)0b111_000_000);
        }
    }

    [Fact]
    public void A_file_that_has_gone_is_refused_as_that()
    {
        using var temp = new TempFolder();
        temp.File("docs/a.txt", "x");
        var folder = temp.Documents();
        File.Delete(folder.Files[0].FullPath);
        Assert.Contains("no such file", Assert.Throws<UnreadableDocumentException>(() => Documents.Read(folder.Files[0], cancellationToken: Cancel)).Reason);
        Assert.Contains("not a text format", Assert.Throws<UnreadableDocumentException>(() => Documents.Read(temp.File("a.bin", "x"))).Reason);
    }

    /// <summary>Runs on a thread that root's rights over files are taken from; one that has none needs nothing taken.</summary>
    private static void AsNobody(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                SetFileSystemUser(65534);
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new AggregateException(failure);
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(uint user);
}
