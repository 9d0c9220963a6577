using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Anomalies;

namespace Kindred.Cli.Verbs;

/// <summary>detect fit, score, report and drift.</summary>
internal static class DetectVerb
{
    public static Option<string> In { get; } = new("--in")
    {
        Description = "A table: .csv or .tsv with a header, .jsonl, gz of each, or - for standard input; vectors: .npy or .fvecs; texts: .txt, or a table with a column of texts; pictures or sounds: a folder, or a table with a column of their files.",
        Required = true,
    };

    public static Option<string> With { get; } = new("--with") { Description = "The detector that detect fit wrote.", Required = true };

    public static Option<string?> Label { get; } = new("--label") { Description = "The column that says what each row is; never learnt from. When left out, one called label or anomaly." };

    public static Option<string?> Normal { get; } = new("--normal") { Description = "What the label of a normal row reads; when left out, one of 0, false, no, normal." };

    public static Command Create()
    {
        return new Command("detect", "Finds what does not belong: odd rows of a table, texts, vectors, stretches of a time series. Example: kindred detect fit --in machines.csv --out machines.detector")
        {
            DetectFit.Create(), DetectScore.Create(), DetectReport.Create(), DetectDrift.Create(),
        };
    }

    /// <summary>A share of rows, above 0 and below one half.</summary>
    public static double Share(System.CommandLine.Parsing.ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 0.5) return value;
        result.AddError($"{(result.Parent as System.CommandLine.Parsing.OptionResult)?.Option.Name} {text}: a share of the rows above 0 and below 0.5 is wanted");
        return 0.01;
    }

    public static AnomalyMethod MethodOf(string name) => name switch
    {
        "knn" => AnomalyMethod.Knn,
        "lof" => AnomalyMethod.Lof,
        "iforest" => AnomalyMethod.IsolationForest,
        "mahalanobis" => AnomalyMethod.Mahalanobis,
        "ecod" => AnomalyMethod.Ecod,
        _ => AnomalyMethod.Auto,
    };

    public static string NameOf(AnomalyMethod method) => method == AnomalyMethod.IsolationForest ? "iforest" : method.ToString().ToLowerInvariant();
}
