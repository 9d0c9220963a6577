namespace Kindred.Store.Tests.Search;

/// <summary>Real questions, answered by words alone: no encoder is needed for that.</summary>
public sealed class RetrievalTests
{
    [Fact]
    public async Task Words_find_the_paragraph_of_a_question()
    {
        var texts = SharedData.Texts("xquad");
        using var temp = new TempFolder();
        await using var store = await temp.OpenAsync(new FakeModel());
        await store.PutAsync([.. texts.Select((t, i) => new Document { Id = $"{i + 1}", Title = t.Title.Replace('_', ' '), Text = t.Text })]);
        double reciprocal = 0;
        int asked = 0;
        foreach (string line in SharedData.Lines("xquad", "queries-dev.tsv.gz").Skip(1).Where((_, i) => i % 4 == 0))
        {
            string[] fields = line.Split('\t');   // id, doc, question_en, …
            var hits = await store.AllAsync(fields[2], new SearchOptions { Method = SearchMethod.Words });
            int rank = hits.FindIndex(h => h.DocumentId == fields[1]);
            if (rank >= 0) reciprocal += 1.0 / (rank + 1);
            asked++;
        }
        // an independent BM25 (Lucene's formula, on whole paragraphs) has nDCG@10 of 0.97 and a mean reciprocal rank a little below
        Assert.True(reciprocal / asked > 0.94, $"{reciprocal / asked}");
    }
}
