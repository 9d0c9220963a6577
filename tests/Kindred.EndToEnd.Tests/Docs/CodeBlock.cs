namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>A block of C# in a guide.</summary>
/// <param name="File">The guide, relative to the root of the repository.</param>
/// <param name="Line">The line of the block's first line of code, from 1.</param>
/// <param name="Code">The code.</param>
/// <param name="Output">What it prints, if a text block stands right behind it.</param>
internal sealed record CodeBlock(string File, int Line, string Code, string? Output)
{
    public string Name => $"{File}:{Line}";
}
