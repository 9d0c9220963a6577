using System.CommandLine;
using System.Globalization;

namespace Kindred.Cli.Verbs;

/// <summary>classify predict: labels for rows.</summary>
internal static class ClassifyPredict
{
    private static readonly Option<string?> Text = new("--text") { Description = "The column of the texts; when left out text, with title before it where there is such a column." };
    private static readonly Option<int?> Explain = new("--explain") { Description = "Show so many rows of the examples that are most like each row and have its label.", CustomParser = result => Usage.Number(result, 1, 1000) };

    public static Command Create()
    {
        var verb = new Command("predict", "Gives labels to rows. Example: kindred classify predict --with tickets.classifier --in today.csv")
        {
            ClassifyVerb.With, ClassifyVerb.In, Text, Explain, Encoder.Model, Output.Json,
        };
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string with = args.GetRequiredValue(ClassifyVerb.With);
        var classifier = ClassifyModel.Open(with);
        var (input, samples) = await classifier.ReadAsync(args.GetRequiredValue(ClassifyVerb.In), args.GetValue(Text), null, null, null, args.GetValue(Encoder.Model), cancel);
        var predictions = classifier.Predict(samples);
        var why = args.GetValue(Explain) is { } count ? classifier.Explain(samples, count, predictions) : null;
        for (int i = 0; i < predictions.Count; i++)
        {
            var prediction = predictions[i];
            string label = string.Join(", ", prediction.Labels);
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{input.Rows[i],6}  {prediction.Score:F3}  {(label.Length > 0 ? label : "(none)"),-24}  {SearchVerb.Shorten(input.Describe(i), 90)}"));
            if (why is not null)
                foreach (var row in why[i]) output.Text(string.Create(CultureInfo.InvariantCulture, $"        {row.Score:F3}  {string.Join(", ", row.Labels)}: {SearchVerb.Shorten(row.Text, 100)} (row {row.Row})"));
            output.Row(json =>
            {
                json.WriteNumber("row", input.Rows[i]);
                json.WriteString("label", prediction.Label);
                if (classifier.HasSeveralLabels)
                {
                    json.WriteStrings("labels", prediction.Labels);
                }

                json.WriteNumber("score", Math.Round(prediction.Score, 6));
                if (why is null) return;
                json.WriteStartArray("why");
                foreach (var row in why[i])
                {
                    json.WriteStartObject();
                    json.WriteNumber("row", row.Row);
                    json.WriteString("text", row.Text);
                    json.WriteString("label", string.Join(", ", row.Labels));
                    json.WriteNumber("score", Math.Round(row.Score, 6));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        }

        output.End(input.Unusable.Count);
        return 0;
    }
}
