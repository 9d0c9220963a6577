namespace Kindred.Store.Search;

/// <summary>Gives hits what stands around them in their documents.</summary>
internal static class Surroundings
{
    private const int LongestParent = 6000;

    private const int Beside = 2;

    public static async Task AddAsync(IReadOnlyList<KindredStore> stores, List<Candidate> hits, string query, PassageContext context, CancellationToken cancel)
    {
        if (context == PassageContext.None) return;
        foreach (var store in stores)
        {
            var own = stores.Count == 1 ? hits : hits.FindAll(h => h.Hit.Store == store.Path);
            if (own.Count == 0) continue;
            var texts = store.DocumentTexts(own.Select(h => h.Document).Distinct());
            own = own.FindAll(h => texts.TryGetValue(h.Document, out string? text) && text.Length >= h.Hit.End);
            var split = texts.ToDictionary(t => t.Key, t => context == PassageContext.Parent && t.Value.Length <= LongestParent ? [] : Answers.Sentences.Split(t.Value));
            if (context == PassageContext.Parent)
                foreach (var hit in own) Set(hit, texts[hit.Document], Parent(texts[hit.Document], split[hit.Document], hit.Hit));
            else await SentencesAsync(store, own, texts, split, query, cancel).ConfigureAwait(false);
        }
    }

    private static (int Start, int End) Parent(string text, IReadOnlyList<(int Start, int End)> sentences, SearchHit hit)
    {
        if (text.Length <= LongestParent) return (0, text.Length);
        // stretches begin at fixed sentences, so that two passages of one stretch have the same
        int start = 0, end = 0;
        foreach (var sentence in sentences)
        {
            if (sentence.End - start > LongestParent)
            {
                if (end > hit.Start) break;
                start = sentence.Start;
            }
            end = sentence.End;
        }
        return (Math.Min(start, hit.Start), Math.Max(end, hit.End));
    }

    private static async Task SentencesAsync(KindredStore store, List<Candidate> hits, Dictionary<long, string> texts, Dictionary<long, IReadOnlyList<(int Start, int End)>> split, string query, CancellationToken cancel)
    {
        var asked = (await store.Encoder.QueryAsync(query, cancel).ConfigureAwait(false)).ToArray();
        var inside = hits.ConvertAll(hit => Enumerable.Range(0, split[hit.Document].Count)
            .Where(i => split[hit.Document][i].Start < hit.Hit.End && split[hit.Document][i].End > hit.Hit.Start).ToArray());
        string[] sentences = [.. hits.SelectMany((hit, h) => inside[h].Select(i => texts[hit.Document][split[hit.Document][i].Start..split[hit.Document][i].End]))];
        if (sentences.Length == 0) return;
        var (vectors, _) = await store.Encoder.PassagesAsync(sentences, _ => "a sentence", cancel).ConfigureAwait(false);
        int at = 0;
        for (int h = 0; h < hits.Count; h++)
        {
            if (inside[h].Length == 0) continue;
            var own = vectors.AsSpan(at, inside[h].Length);
            int best = 0;
            for (int i = 1; i < own.Length; i++)
                if (Searcher.Cosine(asked, own[i]) > Searcher.Cosine(asked, own[best])) best = i;
            at += own.Length;
            var all = split[hits[h].Document];
            Set(hits[h], texts[hits[h].Document], (all[Math.Max(0, inside[h][best] - Beside)].Start, all[Math.Min(all.Count - 1, inside[h][best] + Beside)].End));
        }
    }

    private static void Set(Candidate hit, string text, (int Start, int End) range) =>
        hit.Hit = hit.Hit with { Context = text[range.Start..range.End], ContextStart = range.Start };
}
