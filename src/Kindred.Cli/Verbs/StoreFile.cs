using System.CommandLine;

namespace Kindred.Cli.Verbs;

/// <summary>The options that verbs on a store share.</summary>
internal static class StoreFile
{
    public static Option<string> Path { get; } = new("--store") { Description = "The store, one file: what `kindred index` wrote.", Required = true };

    public static Option<string?> Filter { get; } = new("--filter") { Description = "Which passages count, such as \"topic = 'printers' and minutes <= 10\"; see docs/filters.md." };

    public static Option<int> K(int usual, int most) =>
        new Option<int>("-k") { Description = "The most passages to take.", DefaultValueFactory = _ => usual, CustomParser = result => Usage.Number(result, 1, most) };
}
