using System.CommandLine;
using System.Globalization;
using Kindred.Learning.Evaluation;
using Kindred.Store;
using Kindred.Store.Answers;

namespace Kindred.Cli.Verbs;

/// <summary>eval retrieval: judged questions against a corpus.</summary>
internal static class EvalRetrieval
{
    private const int Top = 10;

    /// <summary>The name under which a store keeps the corpus.</summary>
    private const string Source = "corpus";

    private static readonly Option<string> Corpus = new("--corpus") { Description = "The documents: a table with the columns id and text, and title where there is one.", Required = true };
    private static readonly Option<string> Queries = new("--queries") { Description = "The questions: a table with the columns id and text.", Required = true };
    private static readonly Option<string> Qrels = new("--qrels") { Description = "The judgements: a table with the columns query, doc and grade; without grade each counts 1. A file that is that of the queries may call its query id.", Required = true };
    private static readonly Option<int?> BestGrade = new("--best-grade") { Description = "1 where grade 1 is the best and 4 the least: the gain is then 5 - grade. Otherwise it is the grade.", CustomParser = result => Usage.Number(result, 1, 1) };
    private static readonly Option<string?> Kept = new("--store") { Description = "Keep the indexed corpus in this store, and take it from there the next time." };

    private static readonly Option<bool> Answers = new("--answers") { Description = "Measure also what `ask` would answer: answered, with the relevant documents there; false_answers, with them taken out." };

    public static Command Create()
    {
        var verb = new Command("retrieval", "Measures search against judged questions: nDCG@10, recall@10, MRR@10. Example: kindred eval retrieval --corpus docs.jsonl --queries queries.tsv --qrels qrels.tsv --hybrid")
        {
            Corpus, Queries, Qrels, SearchSettings.Hybrid, SearchSettings.FusionName, SearchSettings.Bm25, BestGrade, Answers, TableFile.TextColumn, Kept, Encoder.Model, Output.Json,
        };
        SearchSettings.Check(verb);
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        var documents = RetrievalFiles.Documents(args.GetRequiredValue(Corpus), cancel);
        var queries = RetrievalFiles.Queries(args.GetRequiredValue(Queries), args.GetValue(TableFile.TextColumn) ?? "text", cancel);
        var gains = RetrievalFiles.Gains(args.GetRequiredValue(Qrels), args.GetValue(BestGrade) is not null, queries, documents, cancel);
        string path = args.GetValue(Kept) ?? Path.Combine(Path.GetTempPath(), $"kindred-{Path.GetRandomFileName()}.kindred");
        try
        {
            using var model = Encoder.ForWriting(path, args.GetValue(Encoder.Model));
            await using var store = await KindredStore.OpenAsync(path, model, cancel);
            // before the corpus is added: the store may be one of the user's own
            if (store.ReadChunks($"source != '{Source}'", cancel).Count > 0)
                throw new IOException($"{path}: it holds other documents than a corpus; nothing was added: name another --store");
            await ProgressBar.RunAsync("index", show => store.AddAsync(documents.Values, Source, new Told<AddProgress>(p => show(p.Documents, documents.Count, "")), cancel));
            if (store.ReadInfo().Documents != documents.Count)
                throw new IOException($"{path}: it holds {store.ReadInfo().Documents} documents, the corpus has {documents.Count}: name another --store");
            var options = new SearchOptions { Method = SearchSettings.Method(args), Fusion = SearchSettings.Fusion(args) };
            var scores = await ProgressBar.RunAsync("search", show => MeasureAsync(store, queries, gains, options, show, cancel));
            Write(output, "ndcg@10", scores.Ndcg, scores.N);
            Write(output, "recall@10", scores.Recall, scores.N);
            Write(output, "mrr@10", scores.Mrr, scores.N);
            if (!args.GetValue(Answers)) return 0;
            double answered = 0, wrong = 0;
            foreach (var (query, judged) in gains)
            {
                if (await Answerer.IsAnsweredAsync(store, queries[query], cancellationToken: cancel)) answered++;
                if (await Answerer.IsAnsweredAsync(store, queries[query], judged.Keys.ToHashSet(), cancel)) wrong++;
            }
            Write(output, "answered", answered / gains.Count, gains.Count);
            Write(output, "false_answers", wrong / gains.Count, gains.Count);
            return 0;
        }
        finally
        {
            if (args.GetValue(Kept) is null)
                foreach (string name in new[] { path, path + "-wal", path + "-shm", path + "-vectors" }) File.Delete(name);
        }
    }

    private static async Task<(double Ndcg, double Recall, double Mrr, int N)> MeasureAsync(
        KindredStore store, Dictionary<string, string> queries, Dictionary<string, Dictionary<string, double>> gains, SearchOptions options,
        Action<double, double, string> show, CancellationToken cancel)
    {
        double ndcg = 0, recall = 0, mrr = 0;
        int done = 0;
        foreach (var (query, judged) in gains)
        {
            var found = await DocumentsAsync(store, queries[query], options, cancel);
            double[] got = [.. found.Select(id => judged.GetValueOrDefault(id))];
            ndcg += RetrievalScore.Ndcg(got, judged.Values.ToArray(), Top);
            recall += RetrievalScore.Recall(got, judged.Count, Top);
            mrr += RetrievalScore.ReciprocalRank(got, Top);
            show(++done, gains.Count, "");
        }
        return (ndcg / done, recall / done, mrr / done, done);
    }

    /// <summary>The ten best documents: a document is as good as its best passage.</summary>
    private static async Task<List<string>> DocumentsAsync(KindredStore store, string query, SearchOptions options, CancellationToken cancel)
    {
        for (int k = 5 * Top; ; k *= 8)
        {
            var ids = new List<string>();
            int hits = 0;
            await foreach (var hit in store.SearchAsync(query, options with { K = k }, cancel))
            {
                hits++;
                if (!ids.Contains(hit.DocumentId)) ids.Add(hit.DocumentId);
                if (ids.Count == Top) return ids;
            }
            if (hits < k) return ids;
        }
    }

    private static void Write(Output output, string metric, double value, int n)
    {
        output.Text(string.Create(CultureInfo.InvariantCulture, $"{metric,-14}{value:F4}  ({Output.Count(n, "query")})"));
        output.Line(json =>
        {
            json.WriteString("metric", metric);
            json.WriteNumber("value", value);
            json.WriteNumber("n", n);
        });
    }
}
