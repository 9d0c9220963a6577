using System.Diagnostics;
using Kindred.Store.Storage;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Storage;

public sealed class DurabilityTests
{
    private const string ChildFolder = "KINDRED_STORE_TEST_CHILD";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_acknowledged_survives_kill_9()   // field case 5
    {
        using var temp = new TempFolder();
        string log = Path.Combine(temp.Root, "acknowledged");
        await KillOnceAsync(temp, nameof(Child), () => File.Exists(log) && new FileInfo(log).Length > 100);
        string[] acknowledged = File.ReadAllLines(log)[..^1];   // the last line may be half written
        Assert.NotEmpty(acknowledged);
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.AssertSoundAsync();
        Assert.Subset((await store.FindAsync("item", 100_000)).Select(h => h.DocumentId).ToHashSet(), acknowledged.ToHashSet());
    }

    /// <summary>Runs only in the process that the test above starts and kills.</summary>
    [Fact]
    public async Task Child()
    {
        if (Environment.GetEnvironmentVariable(ChildFolder) is not { } root) return;
        await using var store = await KindredStore.OpenAsync(Path.Combine(root, "test.kindred"), new FakeModel(), Cancel);
        using var log = new StreamWriter(Path.Combine(root, "acknowledged")) { AutoFlush = true };
        for (int i = 0; ; i++)
        {
            await store.PutAsync(Doc($"{i}", $"item{i}"));
            log.WriteLine(i);
        }
    }

    [Fact]
    public async Task A_graph_whose_making_was_killed_serves_nothing_stale()
    {
        using var temp = new TempFolder();
        string log = Path.Combine(temp.Root, "acknowledged");
        var expected = new HashSet<string>();
        for (int kill = 1; kill <= 4; kill++)
        {
            File.Delete(log);
            await KillOnceAsync(temp, nameof(GraphChild), () => File.Exists(log) && new FileInfo(log).Length > 700 * kill);
            string written = File.ReadAllText(log);
            foreach (string line in written[..written.LastIndexOf('\n')].Split('\n'))
            {
                if (line[0] == '+') expected.Add(line[1..]);
                else expected.Remove(line[1..]);
            }

            await using var store = await temp.OpenAsync(new FakeModel(), new StoreSettings { GraphFrom = 50 });
            await store.AssertSoundAsync();
            var found = (await store.FindAsync("item", 100_000)).Select(h => h.DocumentId).ToHashSet();

            // the write in hand when it was killed may be there or not
            Assert.True(expected.Except(found).Count() <= 1 && found.Except(expected).Count() <= 1);
            expected = found;
        }
    }

    /// <summary>Runs only in the process that the test above starts and kills: adds, removes, and makes graphs all the time.</summary>
    [Fact]
    public async Task GraphChild()
    {
        if (Environment.GetEnvironmentVariable(ChildFolder) is not { } root) return;
        await using var store = await KindredStore.OpenAsync(Path.Combine(root, "test.kindred"), new FakeModel(), new StoreSettings { GraphFrom = 50 }, Cancel);
        var held = (await store.FindAsync("item", 100_000)).Select(h => h.DocumentId).ToHashSet();
        using var log = new StreamWriter(Path.Combine(root, "acknowledged")) { AutoFlush = true };
        var random = new Random(Environment.ProcessId);
        for (int i = 0; ; i++)
        {
            string id = $"{Environment.ProcessId}-{i}";
            await store.PutAsync(Doc(id, $"item {id}"));
            held.Add(id);
            log.WriteLine($"+{id}");
            await store.FindAsync("item", 1);   // starts a graph when one is due
            if (random.Next(3) > 0) continue;
            string gone = held.ElementAt(random.Next(held.Count));
            await store.RemoveAsync(gone, Cancel);
            held.Remove(gone);
            log.WriteLine($"-{gone}");
        }
    }

    [Fact]
    public async Task Indexing_that_was_killed_goes_on_where_it_stopped()
    {
        using var temp = new TempFolder();
        for (int i = 0; i < 400; i++) temp.File($"docs/f{i:000}.txt", $"file number{i}");
        temp.File("docs/table.csv", "id,text\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"{i},row number{i}\n")));
        string log = Path.Combine(temp.Root, "progress");
        await KillOnceAsync(temp, nameof(IndexingChild), () => File.Exists(log) && File.ReadAllLines(log).Length >= 3);

        var model = new FakeModel();
        await using var store = await temp.OpenAsync(model);
        await store.AssertSoundAsync();
        int stored = (int)store.ReadInfo().Documents;
        Assert.InRange(stored, 64, 799);
        await store.IndexAsync(temp.Documents());
        Assert.Equal(800 - stored, model.Texts);
        Assert.Equal((800, 0), ((int)store.ReadInfo().Documents, (int)store.ReadInfo().IncompleteSources));
        Assert.Equal(800, (await store.FindAsync("number", 2000)).Select(h => h.DocumentId).Distinct().Count());
        await store.AssertSoundAsync();
    }

    /// <summary>Runs only in the process that the test above starts and kills. Each batch takes its time, so that it is killed in the middle.</summary>
    [Fact]
    public async Task IndexingChild()
    {
        if (Environment.GetEnvironmentVariable(ChildFolder) is not { } root) return;
        string log = Path.Combine(root, "progress");
        await using var store = await KindredStore.OpenAsync(
            Path.Combine(root, "test.kindred"), new FakeModel { Before = _ => Thread.Sleep(100) }, Cancel);
        await store.AddAsync(Documents.FromFolder(Path.Combine(root, "docs"), cancellationToken: Cancel), progress: new Log(log), cancellationToken: Cancel);
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_that_was_acknowledged()
    {
        using var temp = new TempFolder();
        string disk = Directory.CreateDirectory(Path.Combine(temp.Root, "disk")).FullName;
        if (!await MountAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk)) Assert.Skip("a small tmpfs cannot be mounted here");
        try
        {
            string path = Path.Combine(disk, "s.kindred");
            var stored = new List<string>();
            await using (var store = await KindredStore.OpenAsync(path, new FakeModel(), Cancel))
            {
                var error = await Assert.ThrowsAsync<StoreFullException>(async () =>
                {
                    for (int i = 0; i < 10_000; i++)
                    {
                        await store.PutAsync(Doc($"{i}", $"item{i} {Noise(i, 300)}"));
                        stored.Add($"{i}");
                    }
                });
                Assert.Contains(path, error.Message);
                Assert.DoesNotContain('\n', error.Message);
                Assert.True(stored.Count > 10);
                Assert.Equal(stored.Count, (await store.FindAsync("item", 100_000)).Select(h => h.DocumentId).Distinct().Count());   // still readable
            }
            await using (var store = await KindredStore.OpenAsync(path, new FakeModel(), Cancel))
            {
                Assert.Equal(stored.Order(), (await store.FindAsync("item", 100_000)).Select(h => h.DocumentId).Distinct().Order());
                Assert.DoesNotContain(store.ReadChunks(cancellationToken: Cancel), c => c.Vector.Length != 96);
            }
        }
        finally
        {
            Assert.True(await MountAsync("umount", disk));
        }
    }

    [Fact]
    public async Task A_store_cannot_be_made_on_a_full_disk()
    {
        using var temp = new TempFolder();
        string disk = Directory.CreateDirectory(Path.Combine(temp.Root, "disk")).FullName;
        if (!await MountAsync("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk)) Assert.Skip("a small tmpfs cannot be mounted here");
        try
        {
            var error = await Assert.ThrowsAsync<StoreFullException>(() => KindredStore.OpenAsync(Path.Combine(disk, "s"), new FakeModel(), Cancel));
            Assert.DoesNotContain('\n', error.Message);
        }
        finally
        {
            Assert.True(await MountAsync("umount", disk));
        }
    }

    [Fact]
    public async Task A_read_only_disk_can_be_searched_but_not_written()
    {
        using var temp = new TempFolder();
        string disk = Directory.CreateDirectory(Path.Combine(temp.Root, "disk")).FullName, path = Path.Combine(disk, "s.kindred");
        if (!await MountAsync("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk)) Assert.Skip("a small tmpfs cannot be mounted here");
        try
        {
            await using (var store = await KindredStore.OpenAsync(path, new FakeModel(), new StoreSettings { GraphFrom = 1 }, Cancel)) await store.PutAsync(Doc("a", "alpha"));
            Assert.True(await MountAsync("mount", "-o", "remount,ro", disk));
            Assert.Equal(1, KindredStore.ReadInfo(path).Documents);
            await using (var store = await KindredStore.OpenAsync(path, new FakeModel(), new StoreSettings { GraphFrom = 1 }, Cancel))
            {
                Assert.Single(await store.FindAsync("alpha"));
                await Assert.ThrowsAsync<StoreReadOnlyException>(() => store.PutAsync(Doc("b", "beta")));
                await store.AssertSoundAsync();
            }
            await Assert.ThrowsAnyAsync<StoreException>(() => KindredStore.OpenAsync(Path.Combine(disk, "new"), new FakeModel(), Cancel));
        }
        finally
        {
            Assert.True(await MountAsync("umount", disk));
        }
    }

    /// <summary>Runs one of the methods here in a process of its own and kills it without warning once it has come far enough.</summary>
    private static async Task KillOnceAsync(TempFolder temp, string method, Func<bool> far)
    {
        // the runner is either an executable of its own or run by "dotnet"
        string[] arguments = ["--filter-method", $"{typeof(DurabilityTests).FullName}.{method}"];
        bool hosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        var start = new ProcessStartInfo(Environment.ProcessPath!, hosted ? [typeof(DurabilityTests).Assembly.Location, .. arguments] : arguments)
        {
            WorkingDirectory = temp.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[ChildFolder] = temp.Root;
        using var child = Process.Start(start)!;
        try
        {
            var patience = Stopwatch.StartNew();
            while (!far() && patience.Elapsed < TimeSpan.FromSeconds(60) && !child.HasExited) await Task.Delay(20, Cancel);
        }
        finally
        {
            child.Kill();   // SIGKILL
            await child.WaitForExitAsync(Cancel);
        }
        Assert.True(far(), await child.StandardOutput.ReadToEndAsync(Cancel) + await child.StandardError.ReadToEndAsync(Cancel));
    }

    private sealed class Log(string path) : IProgress<AddProgress>
    {
        private int _documents;

        public void Report(AddProgress value)
        {
            if (value.Documents == _documents) return;
            _documents = value.Documents;
            File.AppendAllText(path, $"{value.Documents}\n");
        }
    }

    private static async Task<bool> MountAsync(string command, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return false;
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync(Cancel);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
