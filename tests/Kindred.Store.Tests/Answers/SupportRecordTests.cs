using Kindred.Store.Answers;

namespace Kindred.Store.Tests.Answers;

public sealed class SupportRecordTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_learned_is_kept_until_the_store_changes()
    {
        using var temp = new TempFolder();
        await using (var store = await temp.OpenAsync(new FakeModel()))
            await store.AddAsync(Enumerable.Range(0, 30).Select(i => TempFolder.Doc($"d{i}", $"The red house number {i} stands beside the old mill on the hill.")), "notes", cancellationToken: Cancel);

        // first come the encoder's background and two hundred sentences, then the question alone
        var (first, learned) = await AskAsync();
        Assert.True(learned > 1);
        var (second, known) = await AskAsync();
        Assert.Equal((first, 1), (second, known));

        foreach (string broken in new[] { "", "1 x", "9 1 0 1 0 1", "1 1 0 NaN 0 1", "1 1 0 1 0 1 0 1", new string(' ', 4000) })
        {
            using (var sql = temp.Sql())
            using (var change = sql.CreateCommand())
            {
                change.CommandText = "UPDATE meta SET value = $value WHERE key = 'support'";
                change.Parameters.AddWithValue("$value", broken);
                Assert.Equal(1, change.ExecuteNonQuery());
            }

            Assert.Equal((first, learned), await AskAsync());
        }

        await using (var store = await temp.OpenAsync(new FakeModel()))
            await store.AddAsync([TempFolder.Doc("new", "A ship sails over the wide sea to a far island in spring.")], "notes", cancellationToken: Cancel);
        Assert.Equal(learned, (await AskAsync()).Calls);
        Assert.Equal(1, (await AskAsync()).Calls);

        async Task<(bool, int Calls)> AskAsync()
        {
            var model = new FakeModel();
            await using var store = await temp.OpenAsync(model);
            int before = model.Calls;
            return (await Answerer.IsAnsweredAsync(store, "which red house stands beside the mill", null, Cancel), model.Calls - before);
        }
    }
}
