using System.Text.RegularExpressions;
using Kindred.EndToEnd.Tests.Architecture;
using Kindred.Store;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>The table of docs/reading.md against the reader: every ending it names is read as the kind it says.</summary>
public sealed partial class ReadingGuideTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kindred-kinds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_ending_is_of_its_kind()
    {
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in SourceTree.Read("docs/reading.md").Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)))
        {
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(c => c.Trim())];
            foreach (Match ending in Ending().Matches(cells[1]))
                said.Add("file" + ending.Value, cells[0] == "csv, tsv" ? ending.Value[1..] : cells[0]);
        }
        Assert.True(said.Count > 30, $"only {said.Count} endings were seen");
        foreach (string name in said.Keys) await File.WriteAllTextAsync(Path.Combine(_folder, name), "x", TestContext.Current.CancellationToken);
        var found = Documents.FromFolder(_folder, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(found.Skipped);
        Assert.Equal(said, found.Files.ToDictionary(f => f.Path, f => f.Kind));
    }

    [GeneratedRegex(@"\.[a-z]\w*")]
    private static partial Regex Ending();
}
