using System.Collections.Concurrent;
using Kindred.EndToEnd.Tests.Architecture;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>Every block of C# in the guides compiles, runs, and prints what the guide says.</summary>
public class GuideTests
{
    /// <summary>The blocks of one file run in their order, in one folder, once: a later block may use what an earlier one left.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<Task<Dictionary<string, string?>>>> Runs = new(StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Guide.Files.SelectMany(Guide.Blocks).Select(block => block.Name)];

    [Theory, MemberData(nameof(Names))]
    public async Task A_block_does_what_its_guide_says(string block)
    {
        string file = block[..block.LastIndexOf(':')];
        var problems = await Runs.GetOrAdd(file, f => new(() => RunAsync(f, TestContext.Current.CancellationToken))).Value;
        Assert.True(problems[block] is null, $"{block}: {problems[block]}");
    }

    [Fact]
    public async Task The_library_in_five_lines()
    {
        // as the plan of the house has it, to the letter
        const string Lines = """
            using var model = EmbeddingModel.Default;                       // embedded, no network
            await using var store = await KindredStore.OpenAsync("notes.kindred", model);
            await store.AddAsync(Documents.FromFolder("notes"));
            await foreach (var hit in store.SearchAsync("How do I stop my laptop from overheating?", k: 5))
                Console.WriteLine($"{hit.Score:F3}  {hit.Text}");
            """;
        using var folder = new SampleFolder();
        var (problem, printed) = await GuideProgram.RunAsync(
            new CodeBlock("five-lines", 1, Lines, null), folder.Path, ["Kindred.Models", "Kindred.Store"], TestContext.Current.CancellationToken);
        Assert.True(problem is null, problem);
        string first = printed[..printed.IndexOf("vents", StringComparison.Ordinal)];
        Assert.StartsWith("0.", first, StringComparison.Ordinal);
        Assert.DoesNotContain("tomatoes", first, StringComparison.OrdinalIgnoreCase);
        Assert.True(File.Exists(Path.Combine(folder.Path, "notes.kindred")));
    }

    [Theory]
    [InlineData("Console.WriteLine(1 + 1);", "2", true)]
    [InlineData("Console.WriteLine(1 + 1);", "3", false)]
    [InlineData("Console.WriteLine(nothing);", null, false)]
    [InlineData("throw new InvalidOperationException();", null, false)]
    [InlineData("public sealed record Pair(int A, int B);", null, true)]
    public async Task A_block_that_is_wrong_is_found(string code, string? output, bool right)
    {
        using var folder = new SampleFolder();
        Assert.Equal(right, await ProblemAsync(new CodeBlock("here.md", 1, code, output), folder, TestContext.Current.CancellationToken) is null);
    }

    [Theory]
    [InlineData("a\nb", "a\nb\n", true)]
    [InlineData("a\nb", "a\nc", false)]
    [InlineData("a\n…\nd", "a\nb\nc\nd", true)]
    [InlineData("a\n…", "b\na", false)]
    [InlineData("score 0.9… of …", "score 0.912 of bread", true)]
    [InlineData("score 0.9…", "score 0.8", false)]
    [InlineData("aa…aa", "aaa", false)]
    public void Dots_stand_for_anything(string expected, string printed, bool matches) => Assert.Equal(matches, ExpectedOutput.Matches(expected, printed));

    [Fact]
    public void Blocks_know_their_lines_and_their_output()
    {
        var blocks = Guide.Blocks("here.md", "# A\n\n```csharp\nx();\n```\n\n```text\n1\n```\nwords\n```sh\nls\n```\n```csharp\ny();\n```\nwords\n```text\n2\n```\n");
        Assert.Equal([new CodeBlock("here.md", 4, "x();", "1"), new CodeBlock("here.md", 15, "y();", null)], blocks);
    }

    [Fact]
    public void Links_between_guides_lead_somewhere()
    {
        var wrong = new List<string>();
        foreach (string file in Guide.Files)
        {
            foreach (var link in Link.Of(Repository.Read(file)))
            {
                string target = Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, link));
                if (!File.Exists(target) && !Directory.Exists(target)) wrong.Add($"{file}: {link}");
            }
        }
        Assert.Empty(wrong);
    }

    private static async Task<Dictionary<string, string?>> RunAsync(string file, CancellationToken cancel)
    {
        using var folder = new SampleFolder();
        var problems = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var block in Guide.Blocks(file)) problems[block.Name] = await ProblemAsync(block, folder, cancel);
        return problems;
    }

    private static async Task<string?> ProblemAsync(CodeBlock block, SampleFolder folder, CancellationToken cancel)
    {
        var (problem, printed) = await GuideProgram.RunAsync(block, folder.Path, [], cancel);
        if (problem is not null) return problem;
        return block.Output is null || ExpectedOutput.Matches(block.Output, printed) ? null : $"it should print\n{block.Output}\nbut printed\n{printed}";
    }
}
