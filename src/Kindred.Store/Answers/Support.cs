using System.Globalization;
using Kindred.Store.Filters;
using Kindred.Store.Search;

namespace Kindred.Store.Answers;

/// <summary>
/// Tells whether anything in a store speaks to a question. Three signs are looked at: how near the nearest passage is and how far it stands out from the nine after it; the
/// same with the share of the question's words added that the passage, and a sentence of it, hold, the rare ones counting more (idf); and that share alone. How large the first two
/// have to be is learned from the store: beginnings of its own sentences are asked, each with its document taken out, so that nothing answers them; what only a few of
/// these reach is taken for an answer. A store too small for that goes by what its encoder makes of texts that have nothing to do with each other (<see cref="Answers.Background"/>).
/// </summary>
internal sealed class Support
{
    /// <summary>Sentences asked, and the fewest that a threshold can be learned from.</summary>
    private const int Asked = 192, Fewest = 20;

    /// <summary>Words of a sentence that are asked: about as many as a question has.</summary>
    private const int QuestionWords = 10;

    /// <summary>Shares of those asked that stay below: together about one in fifteen reaches a sign, and of true questions without an answer fewer, as the data say.</summary>
    private const double BelowMeaning = 0.97, BelowBoth = 0.96;

    /// <summary>
    /// A passage and a sentence of it that hold 0.7 of the question's words on average speak to it, whatever else is near: in a collection on one subject a sentence has
    /// much that is like it with its document taken out, so that what is learned there asks for too much.
    /// </summary>
    private const double EnoughWords = 1.4;

    /// <summary>Where nothing can be learned: see <see cref="Unlearned"/>.</summary>
    private const double SpreadsAbove = 8, WordsBesides = 0.7;

    /// <summary>A passage nearer than the background by fewer spreads is on something else: that it has words of the question is an accident.</summary>
    private const double SpreadsOfSubject = 3;

    private const int Nearest = 10;

    private readonly Evidence _least;

    private Support(Background background, Evidence least)
    {
        Background = background;
        _least = least;
    }

    /// <summary>What the store's encoder makes of texts that have nothing to do with each other.</summary>
    public Background Background { get; }

    /// <summary>What the first two signs have to reach.</summary>
    public double Meaning => _least.Meaning;

    /// <inheritdoc cref="Meaning"/>
    public double Both => _least.Both;

    /// <summary>One sign is enough.</summary>
    public bool Holds(Evidence found) => found.Meaning >= _least.Meaning || found.Both >= _least.Both || found.Words >= _least.Words;

    public static Support Of(Background background, double meaning, double both) => new(background, new Evidence(meaning, both, EnoughWords));

    /// <summary>The thresholds where there is too little to learn from: so many spreads above the background, and for both signs words besides.</summary>
    private static Support Unlearned(Background background)
    {
        double meaning = background.Mean + (SpreadsAbove * background.Spread);
        return Of(background, meaning, meaning + WordsBesides);
    }

    /// <summary>Learns the thresholds of a store as it is now.</summary>
    public static async Task<Support> LearnAsync(KindredStore store, CancellationToken cancel)
    {
        var background = await Background.OfAsync(store, cancel).ConfigureAwait(false);
        var sample = store.Sample(Asked, cancel).Select(s => (s.Document, Text: Question(s.Text))).Where(s => s.Text is not null).ToList();
        if (sample.Count < Fewest || sample.Select(s => s.Document).Distinct().Count() < Fewest) return Unlearned(background);
        var vectors = await store.Encoder.QueriesAsync(sample.ConvertAll(s => s.Text!), cancel).ConfigureAwait(false);
        var terms = new TermCounts(store);
        var pool = new Dictionary<long, Candidate>();
        var found = sample.Select((s, i) => Look(store, background, terms, s.Text!, vectors[i], null, c => c.Document == s.Document, pool, cancel)).ToList();
        return Of(background, At(BelowMeaning, found.Select(f => f.Meaning)), At(BelowBoth, found.Select(f => f.Both)));
    }

    /// <summary>The three signs for one question.</summary>
    /// <param name="store">Where to look.</param>
    /// <param name="background">What its encoder makes of unrelated texts.</param>
    /// <param name="terms">Counts of words, kept from question to question.</param>
    /// <param name="question">Its words.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="condition">Which passages count.</param>
    /// <param name="without">Which passages do not count.</param>
    /// <param name="pool">Passages met so far, kept from question to question.</param>
    /// <param name="cancel">Stops it.</param>
    public static Evidence Look(
        KindredStore store, Background background, TermCounts terms, string question, float[] vector, Filter? condition, Func<Candidate, bool>? without, Dictionary<long, Candidate> pool, CancellationToken cancel)
    {
        int depth = without is null ? Nearest : 10 * Nearest;   // the passages that do not count come first
        var arms = store.Arms(vector, question, depth, condition, pool, false, cancel);
        var near = Counted(arms.Meaning);
        var all = near.Concat(Counted(arms.Words)).Distinct().ToArray();
        if (all.Length == 0) return new Evidence(double.NegativeInfinity, double.NegativeInfinity, 0);
        double[] cosines = Array.ConvertAll(all, c => (double)Searcher.Cosine(vector, c.Vector)), words = Shares(store, terms, question, all);
        double subject = background.Mean + (SpreadsOfSubject * background.Spread);
        return new Evidence(
            StandingOut(cosines, background.Mean), StandingOut([.. cosines.Zip(words, (cosine, held) => cosine < subject ? cosine : cosine + held)], background.Mean), words.Max());

        Candidate[] Counted(IReadOnlyList<(Candidate Candidate, double Score)> list) =>
            [.. list.Select(c => c.Candidate).Where(c => without?.Invoke(c) != true).Take(Nearest)];
    }

    /// <summary>Of each passage, the share of the question's words that it holds and the largest share that one sentence of it holds, added up.</summary>
    private static double[] Shares(KindredStore store, TermCounts terms, string question, Candidate[] passages)
    {
        long[] ids = Array.ConvertAll(passages, p => long.Parse(p.Hit.Id, CultureInfo.InvariantCulture));
        var words = new QuestionWords(store, terms, question, ids);
        return [.. passages.Select((p, i) => words.Share(ids[i]) + Sentences.Split(p.Hit.Text).Select(s => words.Share(ids[i], s.Start, s.End)).DefaultIfEmpty().Max())];
    }

    /// <summary>The largest, and how far it is above the mean of the nine after it; where there are fewer, the missing ones are as near as what is on something else.</summary>
    private static double StandingOut(double[] values, double missing)
    {
        double[] sorted = [.. values.OrderDescending().Take(Nearest)];
        return (2 * sorted[0]) - ((sorted.Skip(1).Sum() + ((Nearest - sorted.Length) * missing)) / (Nearest - 1));
    }

    /// <summary>The beginning of a sentence of middling length, the first that reads as a statement.</summary>
    private static string? Question(string text)
    {
        foreach (var (start, end) in Sentences.Split(text))
        {
            string sentence = text[start..end];
            if (!Sentences.IsStatement(sentence)) continue;
            string[] words = sentence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length is >= 6 and <= 30) return string.Join(' ', words.Take(QuestionWords));
            // without spaces a word has about two signs
            var signs = new StringInfo(sentence);
            if (SignPairs.Any(sentence) && signs.LengthInTextElements is >= 12 and <= 60) return signs.SubstringByTextElements(0, Math.Min(2 * QuestionWords, signs.LengthInTextElements));
        }
        return null;
    }

    private static double At(double quantile, IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Min(sorted.Length - 1, Math.Floor(quantile * sorted.Length))];
    }

    /// <summary>What speaks for an answer.</summary>
    /// <param name="Meaning">The cosine of the nearest passage, and how far it is above the mean of the nine after it.</param>
    /// <param name="Both">The same of cosine and words together.</param>
    /// <param name="Words">The largest sum of the shares of the question's words that a passage holds and that one sentence of it holds, 0 to 2.</param>
    internal readonly record struct Evidence(double Meaning, double Both, double Words);
}
