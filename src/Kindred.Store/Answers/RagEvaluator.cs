using Kindred.Store.Search;
using Microsoft.Extensions.AI;

namespace Kindred.Store.Answers;

/// <summary>
/// Measures answers without a chat model: a statement counts as supported if a sentence of the passages, or two that follow each other, is near to it (a cosine of at least
/// 0.6, or 1.2 together with the share of its words that they have), holds every number in it, and agrees with it on whether there is a negation, and if the passages hold every
/// name in it. An embedding sees what a statement is about better than what it claims, so this finds inventions, not every contradiction. May be used from several
/// threads at once if the model may.
/// </summary>
/// <param name="model">Makes the vectors of sentences; the caller's.</param>
public sealed class RagEvaluator(IEmbeddingGenerator<string, Embedding<float>> model)
{
    private const float Entailed = 0.6f;

    /// <summary>Scores one answer.</summary>
    /// <param name="answer">The answer; its [n] are left out.</param>
    /// <param name="passages">The passages it was made from.</param>
    /// <param name="reference">What a right answer says; null if not known.</param>
    /// <param name="cancellationToken">Stops the model.</param>
    public async Task<RagScore> ScoreAsync(string answer, IReadOnlyList<string> passages, string? reference = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(passages);
        var evidence = passages.SelectMany(Windows).Distinct(StringComparer.Ordinal).ToList();
        List<string> claims = Statements(answer), wanted = reference is null ? [] : Statements(reference);
        if (claims.Count + wanted.Count == 0) return new RagScore(double.NaN, double.NaN, []);
        var vectors = await model.GenerateAsync([.. evidence, .. claims, .. wanted], options: null, cancellationToken).ConfigureAwait(false);
        float[][] all = [.. vectors.Select(v => v.Vector.ToArray())];
        var whole = new Facts(string.Join("\n\n", passages));
        var said = evidence.ConvertAll(e => new Facts(e));
        bool[] supported = [.. claims.Concat(wanted).Select((claim, i) =>
        {
            var claimed = new Facts(claim);
            return claimed.Names.All(whole.Mentions)
                && Enumerable.Range(0, evidence.Count).Any(e => Agree(claimed, said[e]) && Near(Searcher.Cosine(all[e], all[evidence.Count + i]), claimed, said[e]));
        })];
        return new RagScore(
            Share(supported[..claims.Count]), Share(supported[claims.Count..]), [.. claims.Where((_, i) => !supported[i])]);
    }

    private static double Share(bool[] supported) => supported.Length == 0 ? double.NaN : (double)supported.Count(s => s) / supported.Length;

    private static List<string> Statements(string text)
    {
        string clean = Citations.Check(text, sent: 0).Text;
        return [.. Sentences.Split(clean).Select(s => clean[s.Start..s.End]).Where(s => WordQuery.Words(s).Count > 0)];
    }

    /// <summary>Each sentence, and each with the one after it.</summary>
    private static IEnumerable<string> Windows(string passage)
    {
        var sentences = Sentences.Split(passage);
        for (int i = 0; i < sentences.Count; i++)
        {
            yield return passage[sentences[i].Start..sentences[i].End];
            if (i + 1 < sentences.Count) yield return passage[sentences[i].Start..sentences[i + 1].End];
        }
    }

    /// <summary>A short statement cut out of a long sentence is farther off by its vector, but has its words.</summary>
    private static bool Near(float cosine, Facts claim, Facts evidence) => cosine >= Entailed || cosine + claim.ShareIn(evidence) >= 2 * Entailed;

    private static bool Agree(Facts claim, Facts evidence) => claim.Numbers.IsSubsetOf(evidence.Numbers) && claim.Negated == evidence.Negated;
}
