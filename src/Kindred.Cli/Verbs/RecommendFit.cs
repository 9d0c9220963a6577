using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kindred.Learning.Recommendation;

namespace Kindred.Cli.Verbs;

/// <summary>recommend fit.</summary>
internal static class RecommendFit
{
    private static readonly Option<string> Out = new("--out") { Description = "The file to write.", Required = true };
    private static readonly Option<string> Method = RecommendVerb.Method("auto blends what foretells the last events of the table best; or one of ease, als, bpr, knn, sequence, item2vec, content, popularity.");

    public static Command Create()
    {
        var verb = new Command("fit", "Makes a recommender from a table of who took what. Example: kindred recommend fit --in plays.tsv --out plays.recommender")
        {
            RecommendEvents.In, Out, Method, RecommendEvents.Items, TableFile.TextColumn, RecommendEvents.LikedFrom, RecommendEvents.Scale, Encoder.TextModel, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    /// <summary>The options that fit and eval share.</summary>
    public static async Task<RecommenderOptions> OptionsAsync(ParseResult args, RecommenderMethod method, CancellationToken cancel)
    {
        var options = new RecommenderOptions { Method = method };
        if (args.GetValue(RecommendEvents.Items) is not { } file)
            return method == RecommenderMethod.Content ? throw new ArgumentException("--method content goes by what the items are: name their table with --items") : options;
        var (items, titles) = RecommendEvents.ReadItems(file, args.GetValue(TableFile.TextColumn), cancel);
        using var model = Encoder.OpenTexts(args.GetValue(Encoder.TextModel));
        var vectors = await TableFile.EmbedAsync(model, [.. items.Select(i => i.Text)], null, cancel);
        return options with { Titles = titles, Content = items.Zip(vectors).ToDictionary(i => i.First.Item, i => i.Second, StringComparer.Ordinal) };
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        string path = args.GetRequiredValue(Out);
        Usage.CheckWritable(path);
        var (table, unusable) = RecommendEvents.Read(args, cancel);
        var options = await OptionsAsync(args, Enum.Parse<RecommenderMethod>(args.GetRequiredValue(Method), ignoreCase: true), cancel);
        var recommender = await Task.Run(() => Recommender.Fit(table, options, cancel), cancel);
        recommender.Save(path);
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{path}: {Output.Count(table.Count, "event")}, {Output.Count(recommender.Users.Count, "user")}, {Output.Count(recommender.Items.Count, "item")}, {clock.Elapsed.TotalSeconds:F1} s"));
        output.Text(recommender.Description);
        output.Line(json =>
        {
            json.WriteString("out", path);
            json.WriteString("method", recommender.Description);
            json.WriteNumber("events", table.Count);
            json.WriteNumber("users", recommender.Users.Count);
            json.WriteNumber("items", recommender.Items.Count);
            json.WriteNumber("unusable", unusable);
            json.WriteNumber("seconds", Math.Round(clock.Elapsed.TotalSeconds, 3));
        });
        return 0;
    }
}
