using System.Diagnostics;
using Kindred.EndToEnd.Tests.Architecture;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>A program as a guide shows it.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Code">Top-level statements.</param>
/// <param name="Output">What the guide says it prints; null if it says nothing.</param>
internal sealed record Snippet(string Place, string Code, string? Output)
{
    private const string Usings = """
        global using System; global using System.IO; global using System.Linq; global using System.Collections.Generic;
        global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(p => MetadataReference.CreateFromFile(p))]);

    /// <summary>The ```csharp blocks of a file, each with the ```text block right behind it.</summary>
    public static IReadOnlyList<Snippet> Of(string file)
    {
        var found = new List<Snippet>();
        string[] lines = SourceTree.Read(file).ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() != "```csharp") continue;
            int start = i + 1, end = Array.IndexOf(lines, "```", start);
            Assert.True(end > 0, $"{file}:{i + 1}: the block has no end");
            int next = end + 1;
            while (next < lines.Length && lines[next].Length == 0) next++;
            string? output = next < lines.Length && lines[next] == "```text" ? string.Join('\n', lines[(next + 1)..Array.IndexOf(lines, "```", next + 1)]) : null;
            found.Add(new Snippet($"{file}:{start}", string.Join('\n', lines[start..end]), output));
            i = end;
        }

        return found;
    }

    /// <summary>Compiles the program, runs it in the folder and returns what it prints.</summary>
    public async Task<string> RunAsync(string folder, string usings = "")
    {
        var cancel = TestContext.Current.CancellationToken;
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        string name = $"snippet-{Guid.NewGuid():N}";
        var compilation = CSharpCompilation.Create(
            name,
            [CSharpSyntaxTree.ParseText(Usings, options, cancellationToken: cancel), CSharpSyntaxTree.ParseText(usings + Code, options, cancellationToken: cancel)],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

        // beside the tests, where the libraries, their native parts and the models lie
        string program = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        try
        {
            var result = compilation.Emit(program, cancellationToken: cancel);
            Assert.True(result.Success, $"{Place}: {string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error))}");
            string settings = Path.Combine(AppContext.BaseDirectory, "Kindred.EndToEnd.Tests");
            var start = new ProcessStartInfo("dotnet", ["exec", "--runtimeconfig", settings + ".runtimeconfig.json", "--depsfile", settings + ".deps.json", program])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(cancel);
            string errors = await process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            Assert.True(process.ExitCode == 0, $"{Place}: exit {process.ExitCode}: {errors}");
            return await output;
        }
        finally
        {
            File.Delete(program);
        }
    }
}
