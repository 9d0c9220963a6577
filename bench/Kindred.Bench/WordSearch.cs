using System.Diagnostics;
using System.Globalization;
using Kindred.Learning.Evaluation;
using Kindred.Models;
using Kindred.Store;
using Kindred.Store.Reading;
using Lucene.Net.Analysis.En;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.QueryParsers.Classic;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Kindred.Bench;

/// <summary>Word search of the store beside Lucene.NET 4.8 (BM25, English analyzer, title and text as one field): nDCG@10, and questions a second, the two in turns.</summary>
internal static class WordSearch
{
    private const int Top = 10;

    public static int Run(Settings settings)
    {
        bool lowIsBest = settings.Text("best-grade", "") == "1";
        var documents = Rows(settings.Text("corpus", ""), "text").ToDictionary(r => r["id"], r => $"{r.GetValueOrDefault("title")} {r["text"]}", StringComparer.Ordinal);
        string text = settings.Text("text", "text");
        var queries = Rows(settings.Text("queries", ""), text).ToDictionary(r => r["id"], r => r[text], StringComparer.Ordinal);
        var gains = Rows(settings.Text("qrels", ""), "doc")
            .Select(r => (Query: r.GetValueOrDefault("query") ?? r["id"], Doc: r["doc"], Grade: double.Parse(r.GetValueOrDefault("grade") ?? "1", CultureInfo.InvariantCulture)))
            .Select(r => r with { Grade = lowIsBest ? r.Grade is >= 1 and <= 4 ? 5 - r.Grade : 0 : r.Grade })
            .Where(r => r.Grade > 0 && queries.ContainsKey(r.Query)).GroupBy(r => r.Query, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.GroupBy(r => r.Doc, StringComparer.Ordinal).ToDictionary(d => d.Key, d => d.First().Grade, StringComparer.Ordinal), StringComparer.Ordinal);

        using var folder = new RAMDirectory();
        using var analyzer = new EnglishAnalyzer(LuceneVersion.LUCENE_48);
        using (var writer = new IndexWriter(folder, new IndexWriterConfig(LuceneVersion.LUCENE_48, analyzer) { Similarity = new BM25Similarity() }))
        {
            foreach (var (id, words) in documents) writer.AddDocument([new StringField("id", id, Field.Store.YES), new TextField("text", words, Field.Store.NO)]);
        }

        using var reader = DirectoryReader.Open(folder);
        var searcher = new IndexSearcher(reader) { Similarity = new BM25Similarity() };
        string path = Path.Combine(Path.GetTempPath(), $"kindred-{Path.GetRandomFileName()}.kindred");
        try
        {
            using var model = EmbeddingModel.Load("fast");
            using var store = KindredStore.OpenAsync(path, model).GetAwaiter().GetResult();
            store.AddAsync(documents.Select(d => new Kindred.Store.Document { Id = d.Key, Text = d.Value }), "corpus").GetAwaiter().GetResult();
            Func<string, string[]> theirs = query => [.. searcher.Search(new QueryParser(LuceneVersion.LUCENE_48, "text", analyzer).Parse(QueryParserBase.Escape(query)), Top).ScoreDocs.Select(hit => searcher.Doc(hit.Doc).Get("id"))];
            Func<string, string[]> ours = query => Ours(store, query);
            for (int round = 0; round < settings.Number("rounds", 3); round++)
            {
                var (kindred, first) = Measure(ours);
                var (lucene, second) = Measure(theirs);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{gains.Count} questions, {documents.Count} documents: nDCG@10 kindred {kindred:F4}, Lucene {lucene:F4}; questions a second, ratio {second / first:F2}"));
            }
        }
        finally
        {
            foreach (string name in new[] { path, path + "-wal", path + "-shm", path + "-vectors" }) File.Delete(name);
        }

        return 0;

        (double Ndcg, double Seconds) Measure(Func<string, string[]> search)
        {
            var clock = Stopwatch.StartNew();
            var found = gains.Keys.ToDictionary(q => q, q => search(queries[q]), StringComparer.Ordinal);
            double seconds = clock.Elapsed.TotalSeconds;
            return (gains.Average(g => RetrievalScore.Ndcg([.. found[g.Key].Select(d => g.Value.GetValueOrDefault(d))], g.Value.Values.ToArray(), Top)), seconds);
        }
    }

    /// <summary>The documents of the best passages, each once.</summary>
    private static string[] Ours(KindredStore store, string query)
    {
        List<string> found = [];
        var hits = store.SearchAsync(query, new SearchOptions { Method = SearchMethod.Words, K = 3 * Top }).GetAsyncEnumerator();
        while (found.Count < Top && hits.MoveNextAsync().AsTask().GetAwaiter().GetResult())
            if (!found.Contains(hits.Current.DocumentId)) found.Add(hits.Current.DocumentId);
        return [.. found];
    }

    private static IEnumerable<Dictionary<string, string>> Rows(string file, string needed)
    {
        using var table = TableReader.Open(file);
        table.Column(needed);
        foreach (var row in table.Rows()) yield return table.Columns.Zip(row.Values).ToDictionary(c => c.First, c => c.Second, StringComparer.Ordinal);
    }
}
