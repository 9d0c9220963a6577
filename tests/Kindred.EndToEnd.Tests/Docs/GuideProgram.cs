using System.Diagnostics;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Kindred.EndToEnd.Tests.Docs;

/// <summary>A block of C# as a program of its own: compiled as a console project compiles Program.cs, and run as a process in a folder.</summary>
internal static class GuideProgram
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    // what the tests alone use is not there for a reader of the guides
    private static readonly string[] TestsOnly = ["xunit", "Microsoft.CodeAnalysis", "Microsoft.Playwright", "Microsoft.Testing", "NetArchTest", "CsCheck", "Mono.Cecil", "Kindred.EndToEnd"];

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !TestsOnly.Any(name => Path.GetFileName(path).StartsWith(name, StringComparison.OrdinalIgnoreCase)))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    /// <summary>Compiles a block and runs it, unless it only declares types.</summary>
    /// <param name="block">The block.</param>
    /// <param name="folder">The current folder of the program.</param>
    /// <param name="usings">Namespaces that are in use beside those of every project.</param>
    /// <param name="cancel">Stops the program.</param>
    /// <returns>What is wrong with it, or null; and what it printed.</returns>
    public static async Task<(string? Problem, string Printed)> RunAsync(CodeBlock block, string folder, string[] usings, CancellationToken cancel)
    {
        // beside the tests lie the assemblies and the models, where a program looks for them
        string name = $"guide-{Guid.NewGuid():N}", path = Path.Combine(AppContext.BaseDirectory, name + ".dll");
        try
        {
            string? problem = Compile(block, usings, name, path, out bool runs);
            return problem is not null || !runs ? (problem, "") : await StartAsync(path, folder, cancel);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string? Compile(CodeBlock block, string[] usings, string name, string path, out bool runs)
    {
        var program = CSharpSyntaxTree.ParseText($"#line {block.Line} \"{block.File}\"\n{block.Code}\n", Language, "Program.cs");
        string global = $"{Usings}\n{string.Join('\n', usings.Select(ns => $"global using {ns};"))}";
        runs = program.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();
        var compilation = CSharpCompilation.Create(name, [program, CSharpSyntaxTree.ParseText(global, Language)], References.Value,
            new CSharpCompilationOptions(runs ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        var result = compilation.Emit(path);
        return result.Success ? null : string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error));
    }

    private static async Task<(string? Problem, string Printed)> StartAsync(string path, string folder, CancellationToken cancel)
    {
        string tests = Path.Combine(AppContext.BaseDirectory, "Kindred.EndToEnd.Tests");
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string argument in (string[])["exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json", path]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        string printed = await output;
        return (process.ExitCode == 0 ? null : $"exit code {process.ExitCode}\n{await errors}", printed);
    }
}
