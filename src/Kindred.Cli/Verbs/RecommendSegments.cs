using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Recommendation;

namespace Kindred.Cli.Verbs;

/// <summary>recommend segments: users of like taste.</summary>
internal static class RecommendSegments
{
    private static readonly Option<int> K = new("--k") { Description = "How many segments, or auto: by silhouette and gap.", CustomParser = ClusterVerb.CountOrAuto };
    private static readonly Option<int> Items = new("--items") { Description = "Items of a profile.", DefaultValueFactory = _ => 5, CustomParser = r => Usage.Number(r, 0, 1_000_000) };

    public static Command Create()
    {
        var verb = new Command("segments", "Groups users of like taste, and says what each group took more than others did. Example: kindred recommend segments --with plays.recommender --k 6")
        {
            RecommendVerb.With, K, Items, ClusterVerb.Seed, Output.Json,
        };
        verb.SetAction((args, cancel) => Task.Run(() => Run(args, new Output(args), cancel), cancel));
        return verb;
    }

    private static int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        var recommender = Recommender.Open(args.GetRequiredValue(RecommendVerb.With));
        int k = args.GetValue(K);
        var segments = recommender.Segments(k, args.GetValue(Items), args.GetValue(ClusterVerb.Seed), cancel);
        if (segments.Count < k) Console.Error.WriteLine($"kindred: {Output.Count(k, "segment")} were asked for, but {(recommender.Users.Count < k ? $"there are only {Output.Count(recommender.Users.Count, "user")}" : $"only {Output.Count(segments.Count, "user")} differ")}");
        foreach (var segment in segments)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{segment.Segment,3}  {Output.Count(segment.Users.Count, "user")}, {(double)segment.Users.Count / recommender.Users.Count:P0}"));
            foreach (var (item, share, lift) in segment.Profile) output.Text(string.Create(CultureInfo.InvariantCulture, $"     {share,5:P0} took {recommender.TitleOf(item) ?? item}, {lift:F1} times as many as of all"));
            foreach (string user in segment.Users)
            {
                output.Line(json =>
                {
                    json.WriteString("user", user);
                    json.WriteNumber("segment", segment.Segment);
                });
            }
        }

        output.Line(json =>
        {
            json.WriteNumber("segments", segments.Count);
            json.WriteStartArray("profiles");
            foreach (var segment in segments)
            {
                json.WriteStartObject();
                json.WriteNumber("segment", segment.Segment);
                json.WriteNumber("size", segment.Users.Count);
                json.WriteStartArray("items");
                foreach (var (item, share, lift) in segment.Profile)
                {
                    json.WriteStartObject();
                    json.WriteString("item", item);
                    if (recommender.TitleOf(item) is { } title) json.WriteString("title", title);
                    json.WriteNumber("share", share);
                    json.WriteNumber("lift", lift);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return 0;
    }
}
