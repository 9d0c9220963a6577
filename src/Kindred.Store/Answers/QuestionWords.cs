using Kindred.Store.Search;

namespace Kindred.Store.Answers;

/// <summary>Which words of a question some passages of a store hold, and where; rare words weigh more (idf), words without a subject nothing.</summary>
internal sealed class QuestionWords
{
    private readonly (double Weight, Dictionary<long, List<int>> Places)[] _words;
    private readonly double _total;

    /// <param name="store">The passages' store.</param>
    /// <param name="terms">Its counts of words.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="passages">Ids of the passages.</param>
    public QuestionWords(KindredStore store, TermCounts terms, string question, IReadOnlyList<long> passages)
    {
        _words = [.. WordQuery.Subjects(question).Select(w => (terms.Weight(w), store.Places(w, passages)))];
        _total = _words.Sum(w => w.Weight);
    }

    /// <summary>The share that a passage holds, its title and heading included, 0 to 1.</summary>
    public double Share(long passage) => Share(w => w.ContainsKey(passage));

    /// <summary>The share that begins in a stretch of a passage's text, 0 to 1.</summary>
    public double Share(long passage, int start, int end) => Share(w => w.TryGetValue(passage, out var places) && places.Exists(at => at >= start && at < end));

    private double Share(Func<Dictionary<long, List<int>>, bool> holds) => _total == 0 ? 0 : _words.Where(w => holds(w.Places)).Sum(w => w.Weight) / _total;
}
