using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Pairs;

namespace Kindred.Cli.Verbs;

internal static class MatchVerb
{
    /// <summary>Pairs of one list, or partners of a row, when -k does not say.</summary>
    private const int PairsWithin = 100, Partners = 1;

    private static readonly Argument<string> A = new("A") { Description = "A table of texts, or vectors (.npy, .fvecs)." };
    private static readonly Argument<string?> B = new("B") { Description = "The list that partners are looked for in; when left out, the most similar pairs within A.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> OneToOne = new("--one-to-one") { Description = "Each row in one pair at most, so that all scores together are the largest there can be." };
    private static readonly Option<int?> K = new("-k") { Description = "With B how many partners for each row of A (1), without how many pairs in all (100).", CustomParser = r => Usage.Number(r, 1, 10_000_000) };
    private static readonly Option<double?> Threshold = new("--threshold") { Description = "The least score of a pair, above 0 to 1.", CustomParser = Usage.Likeness };
    private static readonly Option<bool> Margin = new("--margin") { Description = "Score a pair by how much nearer it is than the nearest rows around both; of lists where many rows have no partner." };
    private static readonly Option<string?> TextB = new("--text-b") { Description = "The column of B's texts, where it is called otherwise." };

    public static Command Create()
    {
        var verb = new Command("match", "Finds the rows of two lists that belong together, or the most similar rows of one. Example: kindred match offers.csv products.csv --one-to-one; kindred match questions.txt -k 20")
        {
            A, B, OneToOne, K, Threshold, Margin, TableFile.TextColumn, TextB, Encoder.TextModel, Output.Json,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(OneToOne) && result.GetResult(K) is not null) result.AddError("either --one-to-one or -k is wanted");
            if (result.GetValue(B) is null && (result.GetValue(OneToOne) || result.GetValue(Margin) || result.GetValue(TextB) is not null)) result.AddError("--one-to-one, --margin and --text-b are of two lists: name B");
        });
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        string? column = args.GetValue(TableFile.TextColumn);
        string? model = args.GetValue(Encoder.TextModel);
        double? least = args.GetValue(Threshold);
        var a = MatchList.Read(args.GetRequiredValue(A), column, copies: args.GetValue(B) is not null, cancel);
        var b = args.GetValue(B) is { } file ? MatchList.Read(file, args.GetValue(TextB) ?? column, copies: true, cancel) : null;
        await MatchList.EmbedAsync(b is null ? [a] : [a, b], model, cancel);
        if (b is not null && a.Vectors[0].Length != b.Vectors[0].Length) throw new ArgumentException($"the vectors of {a.Name} have {a.Vectors[0].Length} components, those of {b.Name} {b.Vectors[0].Length}");
        var options = new PairOptions { Minimum = least, Margin = args.GetValue(Margin) };
        var pairs = await ProgressBar.RunAsync("match", show => Task.Run(() =>
        {
            var progress = new Told<int>(done => show(done, a.Rows.Count, ""));
            if (b is null) return PairSearch.Within(a.Vectors, args.GetValue(K) ?? PairsWithin, least ?? -1, progress, cancel);
            return args.GetValue(OneToOne) ? PairSearch.OneToOne(a.Vectors, b.Vectors, options, progress, cancel) : PairSearch.BestOf(a.Vectors, b.Vectors, args.GetValue(K) ?? Partners, options, progress, cancel);
        }));
        foreach (var pair in pairs) Print(output, pair, a, b ?? a);
        output.End(a.Unusable + (b?.Unusable ?? 0));
        if (b is null && a.Rows.Count == 1) await Console.Error.WriteLineAsync(Output.Plain($"kindred: {a.Name} has 1 row to compare: a pair takes two"));
        int alone = b is null ? 0 : a.Rows.Count - pairs.Select(p => p.A).Distinct().Count();
        if (alone > 0) await Console.Error.WriteLineAsync($"kindred: {alone} of {Output.Count(a.Rows.Count, "row")} of {a.Name} {(alone == 1 ? "has" : "have")} no partner");
        return 0;
    }

    private static void Print(Output output, RowPair pair, MatchList a, MatchList b)
    {
        var (rowA, rowB) = (a.Rows[pair.A] + 1, b.Rows[pair.B] + 1);
        string? textA = a.Texts?[pair.A], textB = b.Texts?[pair.B];
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{pair.Score:F4}\t{rowA}\t{rowB}{(textA is null ? "" : $"\t{SearchVerb.Shorten(textA, 80)}")}{(textB is null ? "" : $"\t{SearchVerb.Shorten(textB, 80)}")}"));
        output.Row(json =>
        {
            json.WriteNumber("a", rowA);
            json.WriteNumber("b", rowB);
            json.WriteNumber("score", Math.Round(pair.Score, 6));
            if (textA is not null) json.WriteString("textA", textA);
            if (textB is not null) json.WriteString("textB", textB);
        });
    }
}
