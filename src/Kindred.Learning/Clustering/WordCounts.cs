using System.Net;

namespace Kindred.Learning.Clustering;

/// <summary>Which words texts have, and how often: lower-case runs of letters and digits, two or more.</summary>
internal sealed class WordCounts
{
    /// <summary>More words than these are so rare that they say nothing of a cluster.</summary>
    private const int MostWords = 50_000;

    private WordCounts(string[] words, int[] documents, (int Word, int Count)[][] texts) => (Words, Documents, Texts) = (words, documents, texts);

    /// <summary>The words, the one in most texts first.</summary>
    public string[] Words { get; }

    /// <summary>Shape [words]: in how many texts each is.</summary>
    public int[] Documents { get; }

    /// <summary>The words of each text, in order.</summary>
    public (int Word, int Count)[][] Texts { get; }

    /// <param name="texts">The texts.</param>
    /// <param name="least">Texts that a word is in, at least.</param>
    /// <param name="cancel">Stops the work.</param>
    public static WordCounts Of(IReadOnlyList<string> texts, int least, CancellationToken cancel)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var byId = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var documents = new List<int>();
        var all = new Dictionary<int, int>[texts.Count];
        for (int t = 0; t < all.Length; t++)
        {
            if (t % 1024 == 0) cancel.ThrowIfCancellationRequested();
            var counts = all[t] = [];
            string text = WebUtility.HtmlDecode(texts[t]).ToLowerInvariant();   // news and mail are full of &lt; and &#39;
            for (int at = 0, end; at < text.Length; at = end + 1)
            {
                for (end = at; end < text.Length && char.IsLetterOrDigit(text[end]);) end++;
                if (end - at < 2) continue;
                var word = text.AsSpan(at, end - at);
                if (!byId.TryGetValue(word, out int id))
                {
                    byId[word] = id = documents.Count;
                    documents.Add(0);
                }

                if (counts.TryAdd(id, 1)) documents[id]++;
                else counts[id]++;
            }
        }

        var ranked = ids.Where(w => documents[w.Value] >= least).OrderByDescending(w => documents[w.Value]).ThenBy(w => w.Key, StringComparer.Ordinal).Take(MostWords).ToArray();
        var place = ranked.Index().ToDictionary(w => w.Item.Value, w => w.Index);
        return new WordCounts(
            [.. ranked.Select(w => w.Key)],
            [.. ranked.Select(w => documents[w.Value])],
            [.. all.Select(counts => counts.Where(c => place.ContainsKey(c.Key)).Select(c => (place[c.Key], c.Value)).OrderBy(c => c.Item1).ToArray())]);
    }
}
