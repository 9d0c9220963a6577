using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using Microsoft.Extensions.AI;

namespace Kindred.Store.Answers;

/// <summary>Answers questions from a store's passages, with citations. May be called from several threads at once.</summary>
public static class Answerer
{
    private const string Nothing = "That is not in your documents.";

    /// <summary>A sentence this like one already taken says the same again.</summary>
    private const float SameAgain = 0.9f;

    /// <summary>A sentence is taken besides the best one if it is at least this share as near to the question.</summary>
    private const float NearlyAsGood = 0.75f;

    /// <summary>A passage is quoted besides the best one if it is at least this share as good: sentences of the others hold words of the question by chance.</summary>
    private const float LikelyPassage = 0.6f;

    private const int MostSentences = 4;

    /// <summary>Power of a passage's share of the nearest one's cosine, by which the question's words in its sentences count.</summary>
    private const double WordsByMeaning = 4;

    /// <summary>Finds passages and answers from them: by a chat model if one is given, else with the passages' own best sentences.</summary>
    /// <param name="store">Where to look.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The answer. Where nothing in the store speaks to the question it says so, cites nothing, and no chat model is asked; nor is it supported where the chat model says that the passages do not hold the answer.</returns>
    /// <exception cref="ArgumentException">The question is blank.</exception>
    /// <exception cref="Filters.FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public static Task<Answer> AskAsync(
        KindredStore store, string question, AskOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return AskAsync([store], question, options, cancellationToken);
    }

    /// <summary>Finds passages in several stores and answers from them. Passages of stores in which nothing speaks to the question are left out.</summary>
    /// <param name="stores">Where to look; hits of several stores name theirs.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The answer. Where nothing in any store speaks to the question it says so, cites nothing, and no chat model is asked.</returns>
    /// <exception cref="ArgumentException">There is no store, or the question is blank.</exception>
    /// <exception cref="Filters.FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">A store could not be read.</exception>
    public static async Task<Answer> AskAsync(
        IReadOnlyList<KindredStore> stores, string question, AskOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stores);
        if (stores.Count == 0) throw new ArgumentException("no store is given", nameof(stores));
        ArgumentException.ThrowIfNullOrWhiteSpace(question);
        options ??= new AskOptions();
        string[] wordings = [question, .. options.Also];
        var speaking = new List<KindredStore>();
        foreach (var store in stores)
            if (await IsSupportedAsync(store, wordings, options.Filter, cancellationToken).ConfigureAwait(false)) speaking.Add(store);
        var passages = new List<SearchHit>();
        var search = new SearchOptions { K = options.K, Filter = options.Filter, Method = SearchMethod.Hybrid };
        if (speaking.Count > 0)
            await foreach (var hit in KindredStore.SearchAsync(speaking, wordings, search, cancellationToken).ConfigureAwait(false))
                passages.Add(stores.Count > 1 && hit.Store is null ? hit with { Store = speaking[0].Path } : hit);
        var answer = passages.Count == 0 ? new Answer(Nothing, [], []) { Supported = false }
            : options.Chat is { } chat ? await ByChatAsync(chat, question, passages, cancellationToken).ConfigureAwait(false)
            : await BySentencesAsync(speaking, question, passages, cancellationToken).ConfigureAwait(false);
        return options.Filter is null ? answer : answer with { Warnings = [.. answer.Warnings, .. KindredStore.MissingFields(stores, options.Filter, cancellationToken)] };
    }

    /// <summary>Whether anything in a store speaks to a question: what <c>AskAsync</c> goes by before it answers.</summary>
    /// <param name="store">Where to look.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="without">Ids of documents that do not count: with those that answer it left out, a question should find nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ArgumentException">The question is blank.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public static async Task<bool> IsAnsweredAsync(
        KindredStore store, string question, IReadOnlySet<string>? without = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentException.ThrowIfNullOrWhiteSpace(question);
        var support = await store.SupportAsync(cancellationToken).ConfigureAwait(false);
        var vector = (await store.Encoder.QueryAsync(question, cancellationToken).ConfigureAwait(false)).ToArray();
        return support.Holds(Support.Look(store, support.Background, new TermCounts(store), question, vector, null, without is null ? null : c => without.Contains(c.Hit.DocumentId), [], cancellationToken));
    }

    private static async Task<bool> IsSupportedAsync(KindredStore store, IReadOnlyList<string> wordings, string? filter, CancellationToken cancel)
    {
        var support = await store.SupportAsync(cancel).ConfigureAwait(false);
        var condition = filter is null ? null : Filters.FilterParser.Parse(filter);
        var vectors = await store.Encoder.QueriesAsync(wordings, cancel).ConfigureAwait(false);
        var terms = new TermCounts(store);
        return wordings.Select((wording, i) => Support.Look(store, support.Background, terms, wording, vectors[i], condition, without: null, [], cancel)).Any(support.Holds);
    }

    private static async Task<Answer> ByChatAsync(IChatClient chat, string question, List<SearchHit> passages, CancellationToken cancel)
    {
        var response = await chat.GetResponseAsync(ChatPrompt.For(question, passages), options: null, cancel).ConfigureAwait(false);
        var (text, cited, unknown) = Citations.Check(ChatReply.TextOf(response), passages.Count);
        bool saysNo = unknown.Remove(ChatPrompt.NotThere);
        if (saysNo && text.Length == 0) text = Nothing;
        var warnings = new List<string>();
        bool cut = response.FinishReason == ChatFinishReason.Length;
        if (text.Length == 0) warnings.Add(cut ? "the chat model's answer was cut by its length limit before it began" : "the chat model gave no text");
        else if (cut) warnings.Add("the chat model's answer was cut by its length limit: its end is missing");
        if (cited.Count == 0 && text.Length > 0 && (saysNo || ChatReply.SaysNotThere(text))) return new Answer(text, [], warnings) { Supported = false };
        foreach (string number in unknown) warnings.Add($"the chat model cited [{number}], which it was not sent: the mark was taken out");
        if (cited.Count == 0 && text.Length > 0) warnings.Add("the answer cites no passage: nothing here vouches for it");
        int bare = cited.Count == 0 ? 0 : Citations.Bare(text);
        if (bare > unknown.Count) warnings.Add($"{bare} {(bare == 1 ? "sentence of the answer cites" : "sentences of the answer cite")} no passage");
        return new Answer(text, [.. cited.Select(n => new AnswerSource(n, passages[n - 1]))], warnings);
    }

    private static async Task<Answer> BySentencesAsync(List<KindredStore> stores, string question, List<SearchHit> passages, CancellationToken cancel)
    {
        var all = new List<Sentence>();
        for (int p = 0; p < passages.Count; p++)
            foreach (var (start, end) in Sentences.Split(passages[p].Text))
                all.Add(new Sentence(p, start, passages[p].Text[start..end]));
        // headings and questions are near to any question on their subject, and answer none
        var statements = all.FindAll(s => Sentences.IsStatement(s.Text));
        if (statements.Count > 0) all = statements;
        float best = all.Max(s => passages[s.Passage].Score), least = Math.Min(best, LikelyPassage * best);
        all.RemoveAll(s => passages[s.Passage].Score < least);

        var encoder = stores[0].Encoder;
        var asked = (await encoder.QueryAsync(question, cancel).ConfigureAwait(false)).ToArray();
        var (vectors, _) = await encoder.PassagesAsync([.. all.Select(s => s.Text)], _ => "a sentence", cancel).ConfigureAwait(false);
        // as the passages were found, by meaning and by words: a part's number says little to an encoder
        double[] words = HeldWords(stores, question, passages, all);
        // words count as far as their passage means what is asked: a laptop is in other tips than the one on heat, too
        double nearest = passages.Max(p => p.Cosine);
        double[] meant = [.. passages.Select(p => nearest > 0 ? Math.Pow(Math.Max(0, p.Cosine / nearest), WordsByMeaning) : 1)];
        double[] scores = [.. vectors.Select((v, i) => Cosine(asked, v) + (words[i] * meant[all[i].Passage]))];
        var order = Enumerable.Range(0, all.Count).OrderByDescending(i => scores[i]).ThenBy(i => i);
        var taken = new List<int>();
        foreach (int i in order)
        {
            if (taken.Count == MostSentences) break;
            if (taken.Count > 0 && scores[i] < NearlyAsGood * scores[taken[0]]) break;
            if (taken.TrueForAll(t => Cosine(vectors[t], vectors[i]) < SameAgain && !string.Equals(all[t].Text, all[i].Text, StringComparison.Ordinal))) taken.Add(i);
        }

        // the passage of the best sentence first; within a passage as it is read
        var text = new StringBuilder();
        var sources = new List<AnswerSource>();
        foreach (var passage in taken.GroupBy(i => all[i].Passage))
        {
            sources.Add(new AnswerSource(sources.Count + 1, passages[passage.Key]));
            foreach (int i in passage.OrderBy(i => all[i].Start))
            {
                if (text.Length > 0) text.Append(' ');
                text.Append(string.Join(' ', all[i].Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).Append($" [{sources.Count}]");
            }
        }
        return new Answer(text.ToString(), sources, []);
    }

    /// <summary>Of each sentence, the share of the question's words that it holds.</summary>
    private static double[] HeldWords(List<KindredStore> stores, string question, List<SearchHit> passages, List<Sentence> sentences)
    {
        var held = new double[sentences.Count];
        foreach (var store in stores)
        {
            // a hit of the only store does not name it
            var own = Enumerable.Range(0, sentences.Count).Where(i => (passages[sentences[i].Passage].Store ?? stores[0].Path) == store.Path).ToArray();
            long[] ids = Array.ConvertAll(own, i => long.Parse(passages[sentences[i].Passage].Id, CultureInfo.InvariantCulture));
            var words = new QuestionWords(store, new TermCounts(store), question, [.. ids.Distinct()]);
            for (int j = 0; j < own.Length; j++)
            {
                var sentence = sentences[own[j]];
                held[own[j]] = words.Share(ids[j], sentence.Start, sentence.Start + sentence.Text.Length);
            }
        }
        return held;
    }

    private static float Cosine(float[] x, float[] y)
    {
        float cosine = TensorPrimitives.CosineSimilarity(x, y);
        return float.IsFinite(cosine) ? cosine : 0;
    }

    private sealed record Sentence(int Passage, int Start, string Text);
}
