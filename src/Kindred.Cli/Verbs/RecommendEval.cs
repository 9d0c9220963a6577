using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Recommendation;

namespace Kindred.Cli.Verbs;

/// <summary>recommend eval: on the last fifth of each user's events.</summary>
internal static class RecommendEval
{
    private static readonly Option<string?> Method = new("--method") { Description = "Measure this method alone; when left out, auto and each of the methods." };

    public static Command Create()
    {
        Method.AcceptOnlyFromAmong([.. Enum.GetNames<RecommenderMethod>().Select(n => n.ToLowerInvariant())]);
        var verb = new Command("eval", "Measures recommenders on the last fifth of each user's events, which they have not seen. Example: kindred recommend eval --in plays.tsv")
        {
            RecommendEvents.In, Method, RecommendEvents.Items, TableFile.TextColumn, RecommendEvents.LikedFrom, RecommendEvents.Scale, Encoder.TextModel, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var (table, unusable) = RecommendEvents.Read(args, cancel);
        bool single = args.GetValue(Method) is not null;
        var options = await RecommendFit.OptionsAsync(args, Enum.Parse<RecommenderMethod>(args.GetValue(Method) ?? "auto", ignoreCase: true), cancel);
        IReadOnlyList<RecommenderMethod> methods = single
            ? [options.Method]
            : [RecommenderMethod.Auto, .. Recommender.Methods(table, options)];
        foreach (var method in methods)
        {
            var score = await Task.Run(() => RecommenderEvaluation.Measure(table, options with { Method = method }, cancel), cancel);
            string suffix = single || method == RecommenderMethod.Auto ? "" : $":{method.ToString().ToLowerInvariant()}";
            output.Text($"{method.ToString().ToLowerInvariant()}: {score.Description}");
            Write("ndcg@10", score.Ndcg);
            Write("recall@20", score.Recall);
            Write("coverage", score.Coverage);
            Write("novelty", score.Novelty);
            Write("diversity", score.Diversity);

            void Write(string metric, double value)
            {
                output.Text(string.Create(CultureInfo.InvariantCulture, $"  {metric + suffix,-24}{value:F4}  ({Output.Count(score.Users, "user")})"));
                output.Row(json =>
                {
                    json.WriteString("metric", metric + suffix);
                    json.WriteNumber("value", value);
                    json.WriteNumber("n", score.Users);
                });
            }
        }

        output.End(unusable);
        return 0;
    }
}
