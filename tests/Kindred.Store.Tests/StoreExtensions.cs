namespace Kindred.Store.Tests;

internal static class StoreExtensions
{
    public static async Task<List<SearchHit>> FindAsync(this KindredStore store, string query, int k = 10, string? filter = null)
    {
        var hits = new List<SearchHit>();
        await foreach (var hit in store.SearchAsync(query, k, filter, TestContext.Current.CancellationToken)) hits.Add(hit);
        return hits;
    }

    public static async Task<List<SearchHit>> FindAsync(this KindredStore store, float[] query, int k = 10, string? filter = null)
    {
        var hits = new List<SearchHit>();
        await foreach (var hit in store.SearchAsync(query.AsMemory(), k, filter, TestContext.Current.CancellationToken)) hits.Add(hit);
        return hits;
    }

    public static async Task<List<SearchHit>> AllAsync(this KindredStore store, string query, SearchOptions options)
    {
        var hits = new List<SearchHit>();
        await foreach (var hit in store.SearchAsync(query, options, TestContext.Current.CancellationToken)) hits.Add(hit);
        return hits;
    }

    public static Task<AddReport> PutAsync(this KindredStore store, params Document[] documents) =>
        store.AddAsync(documents, cancellationToken: TestContext.Current.CancellationToken);

    public static Task<AddReport> IndexAsync(this KindredStore store, DocumentFolder folder, bool prune = false) =>
        store.AddAsync(folder, new AddOptions { Prune = prune }, cancellationToken: TestContext.Current.CancellationToken);

    public static async Task AssertSoundAsync(this KindredStore store) =>
        Assert.Empty((await store.CheckAsync(TestContext.Current.CancellationToken)).Problems);
}
