using Spectre.Console;

namespace Kindred.Cli;

/// <summary>A bar on stderr for long work; nothing is drawn where stderr is not a terminal.</summary>
internal static class ProgressBar
{
    /// <param name="title">What is being done.</param>
    /// <param name="work">The work; it calls back with how much is done, of how much, and what is in hand.</param>
    public static async Task<T> RunAsync<T>(string title, Func<Action<double, double, string>, Task<T>> work)
    {
        if (Console.IsErrorRedirected) return await work((_, _, _) => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(title);
                return await work((done, of, what) =>
                {
                    task.MaxValue = Math.Max(of, 1);
                    task.Value = done;
                    task.Description = Markup.Escape($"{title} {(what.Length > 40 ? "…" + what[^39..] : what)}");
                });
            });
    }
}
