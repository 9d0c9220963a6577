using Kindred.Store.Filters;
using Kindred.Store.Search;

namespace Kindred.Store.Answers;

/// <summary>
/// Tells whether anything in a store speaks to a question. Three signs are looked at: how near the nearest passage is, how much nearer than the nine after it,
/// and how near together with how much of the question's words it holds, the rare ones counting more (idf). How large they have to be is learned from the
/// store: sentences of its own documents are asked, each with its document taken out, so that nothing answers them; what only one in twenty of these
/// reaches is taken for an answer.
/// </summary>
internal sealed class Support
{
    /// <summary>Sentences asked, and the fewest that a threshold can be learned from.</summary>
    private const int Asked = 96, Fewest = 20;

    private const double Quantile = 0.95;

    private const int Nearest = 10, Looked = 6;

    /// <summary>Where there is too little to learn from.</summary>
    private static readonly Evidence Unlearned = new(0.25, double.PositiveInfinity, 0.6);

    private readonly Evidence _least;
    private readonly double _usual;

    private Support(Evidence least, double usual) => (_least, _usual) = (least, usual);

    /// <summary>One sign is enough; standing out counts only where the nearest is at least as near as is usual where nothing answers.</summary>
    public bool Holds(Evidence found) =>
        found.Cosine >= _least.Cosine || found.Both >= _least.Both || (found.Gap >= _least.Gap && found.Cosine >= _usual);

    /// <summary>Learns the thresholds of a store as it is now.</summary>
    public static async Task<Support> LearnAsync(KindredStore store, CancellationToken cancel)
    {
        var sample = store.Sample(Asked, cancel).Select(s => (s.Document, Text: Sentence(s.Text))).Where(s => s.Text is not null).ToList();
        if (sample.Count < Fewest || sample.Select(s => s.Document).Distinct().Count() < Fewest) return new Support(Unlearned, 0);
        var vectors = await store.Encoder.QueriesAsync(sample.ConvertAll(s => s.Text!), cancel).ConfigureAwait(false);
        var terms = new TermCounts(store);
        var found = sample.Select((s, i) => Look(store, terms, s.Text!, vectors[i], null, c => c.Document == s.Document, cancel)).ToList();
        return new Support(
            new Evidence(At(Quantile, found.Select(f => f.Cosine)), At(Quantile, found.Select(f => f.Gap)), At(Quantile, found.Select(f => f.Both))),
            At(0.5, found.Select(f => f.Cosine)));
    }

    /// <summary>The three signs for one question.</summary>
    /// <param name="store">Where to look.</param>
    /// <param name="terms">Counts of words, kept from question to question.</param>
    /// <param name="question">Its words.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="condition">Which passages count.</param>
    /// <param name="without">Which passages do not count.</param>
    /// <param name="cancel">Stops it.</param>
    public static Evidence Look(KindredStore store, TermCounts terms, string question, float[] vector, Filter? condition, Func<Candidate, bool>? without, CancellationToken cancel)
    {
        int depth = without is null ? Nearest : 10 * Nearest;   // the passages that do not count come first
        var near = store.Arms(vector, null, depth, condition, [], false, cancel).Meaning.Where(c => without?.Invoke(c.Candidate) != true).Take(Nearest).ToArray();
        if (near.Length == 0) return new Evidence(0, 0, 0);
        var words = WordQuery.Words(question).Where(w => !WordQuery.IsStop(w)).Distinct(StringComparer.Ordinal).ToArray();
        double total = words.Sum(terms.Weight), both = 0;
        foreach (var (candidate, score) in near.Take(Looked))
        {
            long id = long.Parse(candidate.Hit.Id, System.Globalization.CultureInfo.InvariantCulture);
            double held = total > 0 ? words.Where(w => terms.Holds(w, id)).Sum(terms.Weight) / total : 0;
            both = Math.Max(both, score + held);
        }
        double others = near.Length > 1 ? near.Skip(1).Average(c => c.Score) : near[0].Score;
        return new Evidence(near[0].Score, near[0].Score - others, both);
    }

    /// <summary>A sentence of middling length: the first that reads as a statement.</summary>
    private static string? Sentence(string text)
    {
        foreach (var (start, end) in Sentences.Split(text))
        {
            int words = text.AsSpan(start, end - start).Count(' ') + 1;
            if (words is >= 6 and <= 30 && Sentences.IsStatement(text.AsSpan(start, end - start))) return text[start..end];
        }
        return null;
    }

    private static double At(double quantile, IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Min(sorted.Length - 1, Math.Floor(quantile * sorted.Length))];
    }

    /// <summary>What speaks for an answer.</summary>
    /// <param name="Cosine">Of the nearest passage.</param>
    /// <param name="Gap">That less the mean of the nine after it.</param>
    /// <param name="Both">The largest sum of a passage's cosine and its share of the question's words.</param>
    internal readonly record struct Evidence(double Cosine, double Gap, double Both);
}
