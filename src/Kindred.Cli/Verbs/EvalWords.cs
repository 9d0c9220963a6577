using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Evaluation;
using Kindred.Store.Reading;
using Kindred.Words;
using Kindred.Words.Evaluation;

namespace Kindred.Cli.Verbs;

/// <summary>eval words: pairs with human scores, and analogies.</summary>
internal static class EvalWords
{
    private static readonly Option<string?> Similarity = new("--similarity") { Description = "Pairs of words with human scores: a table with the columns word1, word2 and score, such as WordSim-353." };
    private static readonly Option<string?> Analogies = new("--analogies") { Description = "Analogies, four words a line, with \": name\" before each section, such as questions-words.txt; gz too." };
    private static readonly Option<int?> Top = new("--top") { Description = "Count only so many of the commonest words as known (word2vec's own measure: 30000).", CustomParser = result => Usage.Number(result, 1, int.MaxValue) };
    private static readonly Option<bool> Mul = AnalogyVerb.MulOption();

    public static Command Create()
    {
        var verb = new Command("words", "Measures word vectors against human scores of likeness and by analogies. Example: kindred eval words --similarity wordsim353.tsv --analogies questions-words.txt --model my.vec")
        {
            Similarity, Analogies, NeighborsVerb.Model, Top, Mul, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(Similarity) is null && result.GetResult(Analogies) is null) result.AddError("--similarity FILE or --analogies FILE is wanted, or both");
        });
        verb.SetAction((args, cancel) => Task.Run(() => Run(args, new Output(args), cancel), cancel));
        return verb;
    }

    private static int Run(ParseResult args, Output output, CancellationToken cancel)
    {
        var pairs = args.GetValue(Similarity) is { } pairFile ? ReadPairs(pairFile, cancel) : null;
        var sections = args.GetValue(Analogies) is { } analogyFile ? AnalogyQuestions.Read(analogyFile) : null;
        var words = WordModel.Open(args.GetValue(NeighborsVerb.Model));
        int top = args.GetValue(Top) ?? int.MaxValue;
        if (pairs is not null) Compare(words, pairs, top, args.GetValue(Similarity)!, output);
        if (sections is null) return 0;

        var scores = words.Evaluate(sections, args.GetValue(Mul) ? AnalogyRule.Multiply : AnalogyRule.Add, top, cancel);
        foreach (var score in scores) Write(output, $"accuracy:{score.Section.Name}", score.Accuracy, score.Known, score.Missing);
        // only a set that has sections of grammar knows this division
        if (scores.Any(score => score.Section.IsSyntactic))
        {
            Total("accuracy:semantic", scores.Where(score => !score.Section.IsSyntactic));
            Total("accuracy:syntactic", scores.Where(score => score.Section.IsSyntactic));
        }
        Total("accuracy", scores);
        return 0;

        void Total(string metric, IEnumerable<AnalogyScore> of)
        {
            int known = of.Sum(score => score.Known);
            Write(output, metric, (double)of.Sum(score => score.Correct) / known, known, of.Sum(score => score.Missing));
        }
    }

    private static void Compare(WordVectors words, List<(string A, string B, double Score)> pairs, int top, string file, Output output)
    {
        List<double> human = [], ours = [];
        foreach (var (a, b, score) in pairs)
        {
            if (!Knows(a) || !Knows(b)) continue;
            human.Add(score);
            ours.Add(words.Similarity(a, b));
        }
        if (human.Distinct().Count() < 2 || ours.Distinct().Count() < 2)
            throw new FormatException($"{file}: of its {pairs.Count} pairs {words.Name} knows {human.Count}, and without two different scores no correlation can be measured");
        Write(output, "spearman", Correlation.Spearman(ours.ToArray(), human.ToArray()), human.Count, pairs.Count - human.Count);
        Write(output, "pearson", Correlation.Pearson(ours.ToArray(), human.ToArray()), human.Count, pairs.Count - human.Count);

        bool Knows(string word) => words.TryFind(word, out int index) ? index < top : words.HasSubwords && words.TryGetVector(word, new float[words.Dimensions]);
    }

    private static List<(string A, string B, double Score)> ReadPairs(string file, CancellationToken cancel)
    {
        using var table = TableReader.Open(file);
        var pairs = new List<(string, string, double)>();
        int a = table.Column("word1"), b = table.Column("word2"), s = table.Column("score");
        foreach (var row in table.Rows(cancel))
        {
            if (row.Values.Count <= Math.Max(a, Math.Max(b, s))) throw new FormatException($"{file}, line {row.Line}: {row.Values.Count} fields, word1, word2 and score are wanted");
            if (!double.TryParse(row.Values[s], NumberStyles.Float, CultureInfo.InvariantCulture, out double score) || !double.IsFinite(score))
                throw new FormatException($"{file}, line {row.Line}: score \"{row.Values[s]}\" is no number");
            pairs.Add((row.Values[a].Trim(), row.Values[b].Trim(), score));
        }
        return pairs;
    }

    private static void Write(Output output, string metric, double value, int n, int missing)
    {
        output.Text(n == 0 ? $"{metric,-40}no question is known ({missing} missing)"
            : string.Create(CultureInfo.InvariantCulture, $"{metric,-40}{value:F4}  ({n} known, {missing} missing)"));
        output.Line(json =>
        {
            json.WriteString("metric", metric);
            if (n == 0) json.WriteNull("value");
            else json.WriteNumber("value", value);
            json.WriteNumber("n", n);
            json.WriteNumber("missing", missing);
        });
    }
}
