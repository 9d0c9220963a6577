using System.Globalization;
using System.Text.RegularExpressions;
using Kindred.EndToEnd.Tests.Architecture;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>Every program that a guide shows compiles, runs and prints what the guide says.</summary>
public class GuideTests
{
    /// <summary>"The library in five lines", as the design gives it.</summary>
    private const string FiveLines = """
        using var model = EmbeddingModel.Default;                       // embedded, no network
        await using var store = await KindredStore.OpenAsync("notes.kindred", model);
        await store.AddAsync(Documents.FromFolder("notes"));
        await foreach (var hit in store.SearchAsync("How do I stop my laptop from overheating?", k: 5))
            Console.WriteLine($"{hit.Score:F3}  {hit.Text}");
        """;

    public static TheoryData<string> Guides => [.. Files().Where(f => Snippet.Of(f).Count > 0)];

    [Theory, MemberData(nameof(Guides))]
    public async Task The_programs_of_a_guide_run(string file)
    {
        using var folder = Notes();
        foreach (var snippet in Snippet.Of(file))
        {
            string printed = await snippet.RunAsync(folder.Path);
            if (snippet.Output is { } said) Assert.True(Matches(said, printed), $"{snippet.Place} says\n{said}\nand prints\n{printed}");
        }
    }

    [Fact]
    public async Task The_library_in_five_lines()
    {
        using var folder = Notes();
        string printed = await new Snippet("the five lines", FiveLines, null).RunAsync(folder.Path, "using Kindred.Models; using Kindred.Store;\n");
        string[] lines = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("Keep the vents", lines[0], StringComparison.Ordinal);
        Assert.True(double.Parse(lines[0][..5], CultureInfo.InvariantCulture) > 0.4);
        Assert.Contains(FiveLines.ReplaceLineEndings("\n"), SourceTree.Read("README.md").ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_between_files_lead_somewhere()
    {
        foreach (string file in Files())
        {
            foreach (Match link in Regex.Matches(SourceTree.Read(file), @"\]\(([^)#:\s]+)(?:#[^)]*)?\)"))
            {
                string target = Path.Combine(SourceTree.Root, Path.GetDirectoryName(file)!, link.Groups[1].Value);
                Assert.True(Path.Exists(target), $"{file}: {link.Groups[1].Value} is not there");
            }
        }
    }

    private static IEnumerable<string> Files() => SourceTree.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal) && !f.StartsWith("samples/helpdesk/", StringComparison.Ordinal));

    /// <summary>The files that the guides speak of.</summary>
    private static Folder Notes()
    {
        var folder = new Folder();
        folder.Write("notes/fan.txt", "Keep the vents of a portable computer free and clean its fan.\n");
        folder.Write("notes/router.txt", "Restart the router when pages load slowly, and move it away from thick walls.\n");
        folder.Write("notes/backup.md", "# Backups\n\nCopy your files to two places, and try once a quarter whether they can be restored.\n");
        folder.Write("reviews.csv", "text,label\nWarm and light,good\nThe zip broke at once,bad\nSoft wool,good\nToo small,bad\n");
        foreach (string photo in SourceTree.Files.Where(f => f.StartsWith("samples/photos/", StringComparison.Ordinal)))
        {
            string to = folder[photo["samples/".Length..]];
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(Path.Combine(SourceTree.Root, photo), to);
        }

        return folder;
    }

    /// <summary>Line by line, white space around them aside; a line "…" stands for any lines.</summary>
    private static bool Matches(string said, string printed)
    {
        string pattern = string.Join("\n", said.Trim().Split('\n').Select(l => l.Trim() == "…" ? "(?:.*\n?)*?" : Regex.Escape(l.Trim())));
        string text = string.Join("\n", printed.Trim().Split('\n').Select(l => l.Trim()));
        return Regex.IsMatch(text, $"^{pattern.Replace(")*?\n", ")*?", StringComparison.Ordinal)}$", RegexOptions.None, TimeSpan.FromSeconds(10));
    }
}
