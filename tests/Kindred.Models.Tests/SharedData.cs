using System.Text.Json;

namespace Kindred.Models.Tests;

/// <summary>The data that lies beside the clone; a test that needs it is skipped by name where it does not.</summary>
internal static class SharedData
{
    public static string Find(string name) => SharedFolder.At(name);

    /// <summary>The repository this test was built in.</summary>
    public static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Kindred.slnx"))) folder = folder.Parent;
        if (folder is null) Assert.Skip("the repository is not here");
        return folder.FullName;
    }

    /// <summary>The cases of reference/NAME/reference.json: texts with the ids and vectors that somebody else's implementation gave.</summary>
    public static List<ReferenceCase> Reference(string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Find($"reference/{name}/reference.json")));
        return [.. json.RootElement.GetProperty("cases").EnumerateArray().Select((c, i) => new ReferenceCase(
            i,
            c.GetProperty("text").GetString()!,
            [.. c.GetProperty("token_ids").EnumerateArray().Select(n => n.GetInt32())],
            [.. c.GetProperty("embedding").EnumerateArray().Select(n => n.GetSingle())],
            c.TryGetProperty("truncated_from", out var from) ? from.GetInt32() : null))];
    }
}
