using System.Diagnostics;
using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>The built command as a user starts it: a process, its streams, its exit code.</summary>
internal static class KindredCommand
{
    public sealed record Result(int Code, string Output, string ErrorOutput)
    {
        public string[] Lines { get; } = Split(Output);

        public string[] Errors { get; } = Split(ErrorOutput);

        /// <summary>Every line of stdout as JSON.</summary>
        public JsonElement[] Json => [.. Lines.Select(l => JsonDocument.Parse(l).RootElement)];

        /// <summary>Failed in one line on stderr that is no stack trace, and returns it.</summary>
        public string Failure(int code = 1)
        {
            Assert.Equal((code, ""), (Code, string.Join('\n', Lines)));
            string line = Assert.Single(Errors);
            Assert.StartsWith("kindred: ", line, StringComparison.Ordinal);
            Assert.DoesNotContain("unexpected", line, StringComparison.Ordinal);
            return line;
        }

        public Result Succeeded()
        {
            Assert.True(Code == 0, $"exit {Code}: {string.Join('\n', Errors)}");
            return this;
        }
    }

    public static Task<Result> RunAsync(params string[] arguments) => RunAsync(arguments, []);

    /// <param name="arguments">After `kindred`.</param>
    /// <param name="wrapper">A program and its arguments that start the command.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="environment">Variables set besides.</param>
    /// <param name="folder">The working directory.</param>
    public static async Task<Result> RunAsync(string[] arguments, string[] wrapper, string? input = null, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var process = Start(arguments, wrapper, environment, folder);
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancel);
        return new Result(process.ExitCode, await output, await errors);
    }

    public static Process Start(string[] arguments, string[]? wrapper = null, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        string[] all = [.. wrapper ?? [], "dotnet", Path.Combine(AppContext.BaseDirectory, "kindred.dll"), .. arguments];
        var start = new ProcessStartInfo(all[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder ?? "" };
        foreach (string argument in all[1..]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static string[] Split(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
