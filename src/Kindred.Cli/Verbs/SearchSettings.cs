using System.CommandLine;
using System.Globalization;
using Kindred.Store;

namespace Kindred.Cli.Verbs;

/// <summary>The options that say how a search is done.</summary>
internal static class SearchSettings
{
    public static Option<bool> Hybrid { get; } = new("--hybrid") { Description = "Search by meaning and by words (BM25), fused." };

    public static Option<string?> FusionName { get; } = new("--fusion") { Description = "How --hybrid fuses: weighted (the default) or rrf (reciprocal rank fusion)." };

    public static Option<bool> Bm25 { get; } = new("--bm25") { Description = "Search by words alone (BM25)." };

    public static Option<double?> Mmr { get; } = new("--mmr")
    {
        Description = "Hits that differ: λ of maximal marginal relevance, from 0 (different) to 1 (relevant); 0.7 is a good start.",
        CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[^1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double lambda) && lambda is >= 0 and <= 1) return lambda;
            result.AddError($"--mmr {result.Tokens[^1].Value}: a number from 0 to 1 is wanted");
            return null;
        },
    };

    public static Option<string?> Context { get; } = new("--context") { Description = "What is shown around a hit: sentence (the nearest sentence with two on either side) or parent (the document, or the stretch of it)." };

    public static Option<string[]> Also { get; } = new("--also") { Description = "Another wording of the question; may be given several times. What more wordings find comes first." };

    static SearchSettings()
    {
        FusionName.AcceptOnlyFromAmong("weighted", "rrf");
        Context.AcceptOnlyFromAmong("sentence", "parent");
    }

    public static void Check(Command verb) => verb.Validators.Add(result =>
    {
        bool bm25 = result.GetResult(Bm25) is { Implicit: false };
        if (bm25 && result.GetResult(Hybrid) is { Implicit: false }) result.AddError("--bm25 and --hybrid exclude each other");
        if (result.GetResult(FusionName) is { Implicit: false } && result.GetResult(Hybrid) is not { Implicit: false }) result.AddError("--fusion is for --hybrid");
    });

    public static SearchMethod Method(ParseResult args) =>
        args.GetValue(Hybrid) ? SearchMethod.Hybrid : args.GetValue(Bm25) ? SearchMethod.Words : SearchMethod.Meaning;

    public static Fusion Fusion(ParseResult args) => args.GetValue(FusionName) == "rrf" ? Store.Fusion.Ranks : Store.Fusion.Weighted;

    public static PassageContext Around(ParseResult args) => args.GetValue(Context) switch
    {
        "sentence" => PassageContext.Sentences,
        "parent" => PassageContext.Parent,
        _ => PassageContext.None,
    };
}
