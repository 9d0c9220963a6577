using System.CommandLine;

namespace Kindred.Cli.Verbs;

/// <summary>The options that verbs on a store share.</summary>
internal static class StoreFile
{
    public static Option<string> Path { get; } = new("--store") { Description = "The store: one file.", Required = true };

    public static Option<string?> Filter { get; } = new("--filter") { Description = "Which passages count, such as \"topic = 'printers' and minutes <= 10\"; see docs/filters.md." };
}
