using System.CommandLine;
using System.Globalization;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

internal static class SimilarityVerb
{
    private static readonly Argument<string[]> Texts = new("TEXT") { Description = "Two words or texts, or more.", Arity = new ArgumentArity(2, 1000) };
    private static readonly Option<string?> Model = new("--model") { Description = "A name from `kindred model list`, a model folder or a file of word vectors. When left out: word vectors if each text is a single word, else the sentence encoder." };

    public static Command Create()
    {
        var verb = new Command("similarity", "Says how alike the texts of each pair are: 1 is the same, about 0 is unrelated (the cosine of their vectors). Example: kindred similarity cat dog car") { Texts, Model, Output.Json };
        verb.SetAction((args, cancel) => RunAsync(args.GetRequiredValue(Texts), args.GetValue(Model), new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(string[] texts, string? model, Output output, CancellationToken cancel)
    {
        Func<int, int, float> score;
        bool words = !texts.Any(t => t.Any(char.IsWhiteSpace)) && (model is null || WordModel.Names(model));
        if (words)
        {
            var vectors = WordModel.Open(model);
            score = (i, j) => vectors.Similarity(texts[i], texts[j]);
        }
        else
        {
            using var encoder = Encoder.OpenTexts(model);
            var embeddings = await encoder.GenerateAsync(texts, cancellationToken: cancel);
            Truncation.Report(embeddings);
            score = (i, j) => Metric.Cosine(embeddings[i].Vector.Span, embeddings[j].Vector.Span);
        }

        for (int i = 0; i < texts.Length; i++)
        {
            for (int j = i + 1; j < texts.Length; j++)
            {
                float s = score(i, j);
                output.Text(string.Create(CultureInfo.InvariantCulture, $"{s,7:F4}  {texts[i]}  {texts[j]}"));
                output.Line(json =>
                {
                    json.WriteString("a", texts[i]);
                    json.WriteString("b", texts[j]);
                    json.WriteNumber("score", s);
                });
            }
        }

        return 0;
    }
}
