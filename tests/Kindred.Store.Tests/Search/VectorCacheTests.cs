using Kindred.Store.Storage;
using static Kindred.Store.Tests.TempFolder;

namespace Kindred.Store.Tests.Search;

public sealed class VectorCacheTests
{
    private static readonly StoreSettings Small = new() { SideFileFrom = 100 };

    [Fact]
    public async Task A_large_store_keeps_a_side_file_and_answers_from_it()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        Assert.True(File.Exists(Side(temp)));
        var made = File.GetLastWriteTimeUtc(Side(temp));
        await AssertAnswersAsync(temp, 200);
        Assert.Equal(made, File.GetLastWriteTimeUtc(Side(temp)));   // used, not made again
    }

    [Fact]
    public async Task A_small_store_makes_none()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 50);
        Assert.False(File.Exists(Side(temp)));
    }

    [Fact]
    public async Task A_cut_or_broken_side_file_is_made_again()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        byte[] good = File.ReadAllBytes(Side(temp));
        var random = new Random(3);
        for (int round = 0; round < 30; round++)
        {
            byte[] bad = [.. good];
            if (round < 12) bad = good[..(good.Length * round / 12)];
            else bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(Side(temp), bad);
            await AssertAnswersAsync(temp, 200);
            Assert.Equal(good.Length, new FileInfo(Side(temp)).Length);
        }
        File.Delete(Side(temp));
        Directory.CreateDirectory(Side(temp));   // in the way
        await AssertAnswersAsync(temp, 200);
    }

    [Fact]
    public async Task A_stale_side_file_serves_nothing_stale()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 200);
        byte[] old = File.ReadAllBytes(Side(temp));
        await using (var store = await temp.OpenAsync(new FakeModel()))
        {
            for (int i = 0; i < 200; i += 3) await store.RemoveAsync($"d{i}", TestContext.Current.CancellationToken);
            await store.PutAsync(Doc("d1", "replaced by this"));
        }
        await FillAsync(temp, 200, 50);
        File.WriteAllBytes(Side(temp), old);
        await using var again = await temp.OpenAsync(new FakeModel(), Small);
        var hits = await again.FindAsync("anything", 1000);
        var expected = Enumerable.Range(0, 250).Where(i => i >= 200 || i % 3 != 0).Select(i => $"d{i}");
        Assert.Equal(expected.Order(), hits.Select(h => h.DocumentId).Order());
        Assert.Equal("replaced by this", (await again.FindAsync("replaced by this", 1))[0].Text);
    }

    [Fact]
    public async Task A_side_file_of_another_history_is_not_believed()
    {
        using var temp = new TempFolder();
        await FillAsync(temp, 0, 150);
        byte[] backup = File.ReadAllBytes(temp.Store);
        // more is added, and the side file made again with it
        await FillAsync(temp, 1000, 1200);
        File.WriteAllBytes(temp.Store, backup);
        // after the restore other documents get the same numbers
        await using (var store = await temp.OpenAsync(new FakeModel()))
            await store.PutAsync([.. Enumerable.Range(5000, 1200).Select(i => Doc($"d{i}", Text(i)))]);
        await using var again = await temp.OpenAsync(new FakeModel(), Small);
        for (int i = 5000; i < 6200; i += 100)
        {
            var hit = (await again.FindAsync(Text(i), 1))[0];
            Assert.Equal(($"d{i}", 1f), (hit.DocumentId, MathF.Round(hit.Score, 4)));
        }
    }

    [Fact]
    public async Task Writes_of_another_object_show_at_once()
    {
        using var temp = new TempFolder();
        await using var reader = await temp.OpenAsync(new FakeModel(), Small);
        await using var writer = await temp.OpenAsync(new FakeModel(), Small);
        var expected = new HashSet<string>();
        var random = new Random(9);
        for (int round = 0; round < 60; round++)
        {
            if (random.Next(3) > 0 || expected.Count == 0)
            {
                string id = $"d{random.Next(40)}";
                await writer.PutAsync(Doc(id, $"{id} round{round}"));
                expected.Add(id);
            }
            else
            {
                string id = expected.ElementAt(random.Next(expected.Count));
                await writer.RemoveAsync(id, TestContext.Current.CancellationToken);
                expected.Remove(id);
            }
            Assert.Equal(expected.Order(), (await reader.FindAsync($"round{round}", 100)).Select(h => h.DocumentId).Order());
        }
        await reader.AssertSoundAsync();
    }

    private static string Side(TempFolder temp) => temp.Store + "-vectors";

    private static string Text(int i) => $"item{i} {Noise(i, 10)}";

    private static async Task FillAsync(TempFolder temp, int from, int count)
    {
        await using var store = await temp.OpenAsync(new FakeModel(), Small);
        await store.PutAsync([.. Enumerable.Range(from, count).Select(i => Doc($"d{i}", Text(i)))]);
        await store.FindAsync("anything");
    }

    private static async Task AssertAnswersAsync(TempFolder temp, int count)
    {
        await using var store = await temp.OpenAsync(new FakeModel(), Small);
        Assert.Equal(count, (await store.FindAsync("anything", 10_000)).Count);
        for (int i = 0; i < count; i += 20)
        {
            var hit = (await store.FindAsync(Text(i), 1))[0];
            Assert.Equal(($"d{i}", 1f), (hit.DocumentId, MathF.Round(hit.Score, 4)));
        }
    }
}
