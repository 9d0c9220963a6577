using System.CommandLine;

namespace Kindred.Cli.Verbs;

/// <summary>classify fit, predict, report and next.</summary>
internal static class ClassifyVerb
{
    public static Option<string> In { get; } = new("--in")
    {
        Description = "Texts: a .csv or .tsv with a header, .jsonl, .txt (a text a line), gz of each, or - for standard input; a table without texts; a folder of pictures or sounds, or a table with a column of their files; vectors: .npy or .fvecs.",
        Required = true,
    };

    public static Option<string> With { get; } = new("--with") { Description = "The classifier that classify fit wrote, or a classifier of fastText.", Required = true };

    public static Option<string> Label { get; } = new("--label") { Description = "The column of the labels.", DefaultValueFactory = _ => "label" };

    public static Option<string?> Labels { get; } = new("--labels") { Description = "For vectors: a table whose rows have their labels." };

    public static Option<string?> MultiLabel { get; } = new("--multi-label") { Description = "A row may have several labels, or none: what parts them, such as , or |." };

    public static Command Create()
    {
        return new Command("classify", "Learns labels from examples and gives them to what is new. Example: kindred classify fit --in tickets.csv --out tickets.classifier")
        {
            ClassifyFit.Create(), ClassifyPredict.Create(), ClassifyReport.Create(), ClassifyNext.Create(),
        };
    }
}
