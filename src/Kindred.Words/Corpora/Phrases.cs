using System.Text;

namespace Kindred.Words.Corpora;

/// <summary>Pairs of words that stand side by side far more often than chance has it, to be trained on as one word: <c>new york</c> becomes <c>new_york</c>.</summary>
/// <remarks>T. Mikolov, I. Sutskever, K. Chen, G. Corrado, J. Dean, "Distributed representations of words and phrases and their compositionality",
/// NIPS 2013, section 4. Counts are exact in bounded memory. Never changes; safe for all callers at once.</remarks>
public sealed class Phrases
{
    private readonly PhrasePass[] _passes;

    internal Phrases(PhrasePass[] passes) => _passes = passes;

    /// <summary>The phrases, pass by pass, the highest score first.</summary>
    public IReadOnlyList<Phrase> Items => field ??= [.. _passes.SelectMany((pass, i) => pass.Phrases(i + 1))];

    /// <summary>Finds the phrases of a text. Those that the corpus brings along are joined first and kept.</summary>
    /// <param name="corpus">The text; no stream, because it is read once a pass, and again by a training.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="read">Told the bytes read, from 0 again in each pass.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The phrases; none when no pair reaches the threshold.</returns>
    /// <exception cref="WordTrainingException">The corpus is empty, or a stream.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="IOException">The text cannot be read (also <see cref="UnauthorizedAccessException"/>), or there is no room for temporary files.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static Phrases Learn(Corpus corpus, PhraseOptions? options = null, Action<long>? read = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        options ??= new PhraseOptions();
        options.Check();
        if (corpus.Length is null) throw new WordTrainingException($"{corpus.Name}: phrases need the text more than once: write it to a file, and give that");
        PhrasePass[] passes = corpus.Phrases?._passes ?? [];
        for (int i = 0; i < options.Passes; i++)
        {
            var found = LearnPass(corpus with { Phrases = passes.Length > 0 ? new Phrases(passes) : null }, options, read, cancel);
            if (found.Count == 0) break;
            passes = [.. passes, found];
        }
        return new Phrases(passes);
    }

    /// <summary>Reads a table of <see cref="Save"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WordVectorFileException">The file is no such table; names the line.</exception>
    /// <exception cref="IOException">The file cannot be read (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static Phrases Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new Phrases(PhraseTable.Read(path));
    }

    /// <summary>Writes the phrases as a plain table: a header line, then pass, first word, second word, count and score between tabs.</summary>
    /// <param name="path">The file to make or replace; written beside its place and renamed.</param>
    /// <exception cref="IOException">The file cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PhraseTable.Write(path, Items);
    }

    /// <summary>Joins the phrases of a sentence, from the left, pass by pass.</summary>
    /// <param name="tokens">The words.</param>
    /// <returns>The words, those of a phrase joined by <c>_</c>.</returns>
    public IReadOnlyList<string> Join(IEnumerable<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var joined = new List<string>();
        var (take, endLine) = Join(token => joined.Add(Encoding.UTF8.GetString(token)), () => { });
        foreach (string token in tokens) take(Encoding.UTF8.GetBytes(token));
        endLine();
        return joined;
    }

    /// <summary>Puts the passes in front of who takes tokens.</summary>
    internal (TokenSplitter.Taker Take, Action EndLine) Join(TokenSplitter.Taker take, Action endLine)
    {
        foreach (var pass in _passes.Reverse())
        {
            var joiner = new PhraseJoiner(pass, take, endLine);
            (take, endLine) = (joiner.Take, joiner.EndLine);
        }
        return (take, endLine);
    }

    private static PhrasePass LearnPass(Corpus corpus, PhraseOptions options, Action<long>? read, CancellationToken cancel)
    {
        using var text = EncodedCorpus.Read(corpus, 1, [], read, cancel);   // all words: without the rare ones others would become neighbours
        using var runs = new PairRuns(cancel);
        using (var table = new PairTable(runs, options.MemoryBytes))
        {
            int[] places = new int[EncodedCorpus.LongestBlock];
            for (int block = 0; block < text.Blocks; block++)
            {
                cancel.ThrowIfCancellationRequested();
                int last = -1;
                foreach (int place in places.AsSpan(0, text.ReadBlock(block, places)))
                {
                    // a pair does not come more often than its words
                    int word = place >= 0 && text.Counts[place] >= options.MinCount ? place : -1;
                    if (last >= 0 && word >= 0) table.Add(last, word, 1);
                    last = word;
                }
            }
            table.Spill();
        }
        var found = new PhrasePass();
        runs.Drain(pair =>
        {
            ReadOnlySpan<byte> first = text.Words.Bytes(pair.First), second = text.Words.Bytes(pair.Second);
            double score = Score(options, pair.Sum, text.Counts[pair.First], text.Counts[pair.Second], text.Tokens);
            if (pair.Sum < options.MinCount || !(score > options.Least) || first.Length + 1 + second.Length > TokenSplitter.LongestToken) return;
            found.Add(first, second, pair.Sum, score);
        });
        return found;
    }

    private static double Score(PhraseOptions options, double both, double first, double second, double tokens) => options.Scoring == PhraseScoring.Npmi
        ? Math.Log(both / tokens / (first / tokens * (second / tokens))) / -Math.Log(both / tokens)
        : (both - options.MinCount) / first / second * tokens;
}
