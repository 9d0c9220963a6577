using System.Globalization;
using System.Text.Json;
using Kindred.Store.Storage;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Tests;

/// <summary>A folder of a test's own, removed afterwards.</summary>
internal sealed class TempFolder : IDisposable
{
    public TempFolder() => Root = Directory.CreateTempSubdirectory("kindred-store-").FullName;

    public string Root { get; }

    public string Store => Path.Combine(Root, "test.kindred");

    public string File(string name, string text)
    {
        string path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public DocumentFolder Documents(string folder = "docs") => Kindred.Store.Documents.FromFolder(Path.Combine(Root, folder));

    public Task<KindredStore> OpenAsync(FakeModel model, StoreSettings? settings = null) =>
        KindredStore.OpenAsync(Store, model, settings ?? new StoreSettings(), TestContext.Current.CancellationToken);

    /// <summary>Opens the store's file behind its back.</summary>
    public SqliteConnection Sql()
    {
        var connection = new SqliteConnection($"Data Source={Store};Pooling=False");
        connection.Open();
        return connection;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public static Document Doc(string id, string text, params (string Name, object? Value)[] payload) => new()
    {
        Id = id,
        Text = text,
        Payload = payload.ToDictionary(f => f.Name, f => JsonSerializer.SerializeToElement(f.Value)),
    };

    public static string Noise(int seed, int count)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => string.Create(CultureInfo.InvariantCulture, $"w{random.Next(5000)}")));
    }
}
