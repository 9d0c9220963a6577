using System.CommandLine;
using Kindred.Models;
using Kindred.Store;

namespace Kindred.Cli.Verbs;

/// <summary>The options that verbs on a store share.</summary>
internal static class StoreFile
{
    public static Option<string> Path { get; } = new("--store") { Description = "The store, one file: what `kindred index` wrote.", Required = true };

    public static Option<string[]> Paths { get; } = new("--store") { Description = "The store, one file: what `kindred index` wrote. May be given several times: all are searched.", Required = true, Arity = ArgumentArity.OneOrMore };

    public static Option<string?> Filter { get; } = new("--filter") { Description = "Which passages count, such as \"topic = 'printers' and minutes <= 10\"; see docs/filters.md." };

    /// <summary>As many links of links as Linux follows; more are a ring.</summary>
    private const int MostLinks = 40;

    /// <summary>The stores that --store names, each file once, each with its model; stores of one model share it.</summary>
    public static async Task<Opened> OpenAsync(ParseResult args, CancellationToken cancel)
    {
        var opened = new Opened();
        try
        {
            foreach (string path in args.GetRequiredValue(Paths).DistinctBy(given => Resolved(given), OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase))
            {
                string name = args.GetValue(Encoder.Model) ?? KindredStore.ReadInfo(path).ModelName;
                if (!opened.Models.TryGetValue(name, out var model)) opened.Models.Add(name, model = Encoder.ForStore(path, args.GetValue(Encoder.Model)));
                opened.Stores.Add(await KindredStore.OpenAsync(path, model, cancel));
            }
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Why no passage may match: ": " and the fields of the filter that are not there; empty where there are none.</summary>
    public static string WhyNone(IReadOnlyList<KindredStore> stores, string? filter, CancellationToken cancel) =>
        filter is not null && KindredStore.MissingFields(stores, filter, cancel) is { Count: > 0 } missing ? $": {string.Join("; ", missing)}" : "";

    /// <summary>Names the fields of a filter that are not there, where passages match all the same: another part of an "or" may hide a name that is misspelt.</summary>
    public static void TellMissing(IReadOnlyList<KindredStore> stores, string? filter, CancellationToken cancel)
    {
        if (filter is null) return;
        foreach (string missing in KindredStore.MissingFields(stores, filter, cancel)) Console.Error.WriteLine(Output.Plain($"kindred: {missing}"));
    }

    public static Option<int> K(int usual, int most) =>
        new Option<int>("-k") { Description = "The most passages to take.", DefaultValueFactory = _ => usual, CustomParser = result => Usage.Number(result, 1, most) };

    /// <summary>The path of a file without links, in its name or in the folders above: so each file counts once, however it is spelled.</summary>
    private static string Resolved(string path, int links = 0)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (System.IO.Path.GetDirectoryName(full) is not { } above || links > MostLinks) return full;
        string folder = Resolved(above, links), place = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(full));
        return new FileInfo(place).LinkTarget is { } target ? Resolved(System.IO.Path.Combine(folder, target), links + 1) : place;
    }

    /// <summary>Stores and their models, closed together.</summary>
    internal sealed class Opened : IDisposable
    {
        public List<KindredStore> Stores { get; } = [];

        public Dictionary<string, EmbeddingModel> Models { get; } = [];

        public void Dispose()
        {
            foreach (var store in Stores) store.Dispose();
            foreach (var model in Models.Values) model.Dispose();
        }
    }
}
