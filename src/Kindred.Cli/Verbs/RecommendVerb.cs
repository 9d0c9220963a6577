using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Kindred.Learning.Recommendation;

namespace Kindred.Cli.Verbs;

internal static class RecommendVerb
{
    public static Command Create() => new("recommend", "Recommends items from who took what. Example: kindred recommend fit --in plays.tsv --out plays.recommender")
    {
        RecommendFit.Create(), RecommendLists.CreateForUser(), RecommendLists.CreateSimilar(), RecommendLists.CreateWeekly(), RecommendEval.Create(), RecommendSegments.Create(), RecommendVectors.Create(),
    };

    public static Option<string> With { get; } = new("--with") { Description = "The recommender's file, from `kindred recommend fit`.", Required = true };

    public static Option<string> Method(string description)
    {
        var option = new Option<string>("--method") { Description = description, DefaultValueFactory = _ => "auto" };
        option.AcceptOnlyFromAmong([.. Enum.GetNames<RecommenderMethod>().Select(n => n.ToLowerInvariant())]);
        return option;
    }

    /// <summary>An option's value as a number within bounds.</summary>
    public static double Number(ArgumentResult result, double least, double most)
    {
        string text = result.Tokens[^1].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most) return value;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{((OptionResult)result.Parent!).Option.Name} {text}: a number from {least} to {most} is wanted"));
        return least;
    }
}
