using Kindred.EndToEnd.Tests.Architecture;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>Takes the blocks of C# out of the Markdown files that people read.</summary>
internal static class Guide
{
    /// <summary>The guides: docs/, the README files of the repository and of its rooms, and how to contribute.</summary>
    public static IEnumerable<string> Files => Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal)
        && (f.StartsWith("docs/", StringComparison.Ordinal) || f is "README.md" or "CONTRIBUTING.md" || (f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith("/README.md", StringComparison.Ordinal))));

    /// <summary>The blocks of a file, in order.</summary>
    public static List<CodeBlock> Blocks(string file) => Blocks(file, Repository.Read(file));

    internal static List<CodeBlock> Blocks(string file, string text)
    {
        var blocks = new List<CodeBlock>();
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        bool adjoins = false;   // nothing but empty lines since a block of C#
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                adjoins &= string.IsNullOrWhiteSpace(lines[i]);
                continue;
            }
            string kind = lines[i][3..].Trim();
            int first = i + 1;
            while (++i < lines.Length && lines[i].TrimEnd() != "```") { }
            if (i == lines.Length) throw new InvalidDataException($"{file}:{first}: this block is never closed");
            string content = string.Join('\n', lines[first..i]);
            if (kind is "csharp" or "cs") blocks.Add(new CodeBlock(file, first + 1, content, null));
            else if (adjoins && kind is "text" or "output") blocks[^1] = blocks[^1] with { Output = content };
            adjoins = kind is "csharp" or "cs";
        }
        return blocks;
    }
}
