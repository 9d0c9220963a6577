using System.CommandLine;
using System.Globalization;

namespace Kindred.Cli.Verbs;

/// <summary>classify next: what to label next.</summary>
internal static class ClassifyNext
{
    private static readonly Option<string?> Text = new("--text") { Description = "The column of the texts; when left out text, with title before it where there is such a column." };
    private static readonly Option<int> K = new("-k") { Description = "How many rows.", DefaultValueFactory = _ => 10, CustomParser = result => Usage.Number(result, 1, 100_000) };

    public static Command Create()
    {
        var verb = new Command("next", "Says which rows without labels a person should label next: those it is least sure of, each unlike the others. Example: kindred classify next --with tickets.classifier --in unlabelled.csv -k 20")
        {
            ClassifyVerb.With, ClassifyVerb.In, Text, K, Encoder.Model, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string with = args.GetRequiredValue(ClassifyVerb.With);
        var classifier = ClassifyModel.Open(with);
        var (input, samples) = await classifier.ReadAsync(args.GetRequiredValue(ClassifyVerb.In), args.GetValue(Text), null, null, null, args.GetValue(Encoder.Model), cancel);
        foreach (var (row, uncertainty, prediction) in classifier.Next(samples, args.GetValue(K)))
        {
            string text = input.Describe(row);
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{input.Rows[row],6}  {uncertainty:F3}  {string.Join(", ", prediction.Labels)}?  {SearchVerb.Shorten(text, 100)}"));
            output.Row(json =>
            {
                json.WriteNumber("row", input.Rows[row]);
                json.WriteNumber("uncertainty", Math.Round(uncertainty, 6));
                json.WriteString("label", prediction.Label);
                json.WriteNumber("score", Math.Round(prediction.Score, 6));
                json.WriteString("text", text);
            });
        }

        output.End(input.Unusable.Count);
        return 0;
    }
}
