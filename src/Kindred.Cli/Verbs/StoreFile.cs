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

    /// <summary>The stores that --store names, each with its model; stores of one model share it.</summary>
    public static async Task<Opened> OpenAsync(ParseResult args, CancellationToken cancel)
    {
        var opened = new Opened();
        try
        {
            foreach (string path in args.GetRequiredValue(Paths).Distinct(StringComparer.Ordinal))
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

    public static Option<int> K(int usual, int most) =>
        new Option<int>("-k") { Description = "The most passages to take.", DefaultValueFactory = _ => usual, CustomParser = result => Usage.Number(result, 1, most) };

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
