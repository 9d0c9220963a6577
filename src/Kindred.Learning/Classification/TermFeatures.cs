using System.Runtime.InteropServices;

namespace Kindred.Learning.Classification;

/// <summary>
/// Texts as weights of their terms: words and pairs of words, and the 2 to 5 characters within a word and its blanks. A term's weight is (1 + ln count) · (1 + ln((1 + n) / (1 + texts with it)));
/// the two kinds are scaled to length 1 apart (Salton and Buckley 1988). A term is kept as a 64-bit hash, so the file holds no text of it.
/// </summary>
internal sealed class TermFeatures
{
    private const int ShortestGram = 2, LongestGram = 5;

    /// <summary>The most terms of each kind: the commonest are kept.</summary>
    private const int MostTerms = 150_000;

    /// <summary>The most weights of each kind, one a term and class: with many classes fewer terms are kept.</summary>
    private const int MostWeights = 200_000_000;

    /// <summary>A term that one text alone has says a little of the next text: it is kept where all terms need no more weights than this.</summary>
    private const long RareWeights = 10_000_000;

    private readonly Dictionary<ulong, int> terms;
    private readonly ulong[] keys;
    private readonly float[] weights;

    private TermFeatures(ulong[] keys, float[] weights, int words, int least)
    {
        (this.keys, this.weights, Words, Least) = (keys, weights, words, least);
        terms = new Dictionary<ulong, int>(keys.Length);
        for (int i = 0; i < keys.Length; i++) terms[keys[i]] = i;
    }

    public int Width => weights.Length;

    /// <summary>The first so many columns are those of words.</summary>
    public int Words { get; }

    /// <summary>So many of the texts have each term; 1 for a file's.</summary>
    public int Least { get; }

    /// <summary>Counts the terms of texts, which are to be told apart by so many classes.</summary>
    public static TermFeatures Learn(IReadOnlyList<string> texts, int classes, CancellationToken cancel)
    {
        Dictionary<ulong, int> words = [], grams = [], counts = [];
        foreach (string text in texts)
        {
            cancel.ThrowIfCancellationRequested();
            Count(text, counts, word: true);
            foreach (ulong key in counts.Keys) CollectionsMarshal.GetValueRefOrAddDefault(words, key, out _)++;
            Count(text, counts, word: false);
            foreach (ulong key in counts.Keys) CollectionsMarshal.GetValueRefOrAddDefault(grams, key, out _)++;
        }

        int least = ((long)words.Count + grams.Count) * classes <= RareWeights ? 1 : 2;
        var kept = Kept(words).ToArray();
        var all = kept.Concat(Kept(grams)).ToArray();
        return new TermFeatures([.. all.Select(t => t.Key)], [.. all.Select(t => (float)(1 + Math.Log((1.0 + texts.Count) / (1 + t.Value))))], kept.Length, least);

        IEnumerable<KeyValuePair<ulong, int>> Kept(Dictionary<ulong, int> of) =>
            of.Where(t => t.Value >= least).OrderByDescending(t => t.Value).ThenBy(t => t.Key).Take(Math.Min(MostTerms, MostWeights / classes));
    }

    /// <summary>The rows of texts, shape [texts, Width].</summary>
    public SparseRows Transform(IReadOnlyList<string> texts)
    {
        var rows = new (int[] Columns, float[] Values)[texts.Count];
        Parallel.For(0, texts.Count, () => new Dictionary<ulong, int>(), (i, _, counts) =>
        {
            List<(int Column, float Value)> row = [];
            foreach (bool word in (ReadOnlySpan<bool>)[true, false])
            {
                Count(texts[i], counts, word);
                int first = row.Count;
                double length = 0;
                foreach (var (key, count) in counts)
                {
                    if (!terms.TryGetValue(key, out int column)) continue;
                    float value = (1 + MathF.Log(count)) * weights[column];
                    row.Add((column, value));
                    length += value * value;
                }

                float scale = length > 0 ? (float)(1 / Math.Sqrt(length)) : 0;
                for (int j = first; j < row.Count; j++) row[j] = (row[j].Column, row[j].Value * scale);
            }

            row.Sort((a, b) => a.Column.CompareTo(b.Column));
            rows[i] = ([.. row.Select(r => r.Column)], [.. row.Select(r => r.Value)]);
            return counts;
        }, _ => { });
        var starts = new int[rows.Length + 1];
        for (int i = 0; i < rows.Length; i++) starts[i + 1] = checked(starts[i] + rows[i].Columns.Length);
        return new SparseRows(starts, [.. rows.SelectMany(r => r.Columns)], [.. rows.SelectMany(r => r.Values)], Width);
    }

    public void Save(ModelWriter writer)
    {
        writer.Add("terms.keys", MemoryMarshal.AsBytes(keys.AsSpan()).ToArray(), keys.Length, sizeof(ulong));
        writer.Add("terms.frequencies", weights, weights.Length);
        writer.Write("words", Words);
    }

    public static TermFeatures Load(ModelReader reader)
    {
        int words = reader.Integer("words", 0, 2 * MostTerms);
        long width = reader.Shape("terms.frequencies", 1)[0];
        ulong[] keys = [.. MemoryMarshal.Cast<byte, ulong>(reader.File.ReadBytes("terms.keys", width, sizeof(ulong)))];
        return new TermFeatures(keys, reader.Singles("terms.frequencies", width), Math.Min(words, keys.Length), 1);
    }

    /// <summary>Counts the terms of one text.</summary>
    private static void Count(string text, Dictionary<ulong, int> counts, bool word)
    {
        counts.Clear();
        if (word) CountWords(text, counts);
        else CountGrams(text, counts);
    }

    private static void CountWords(string text, Dictionary<ulong, int> counts)
    {
        ulong before = 0;
        for (int i = 0; i < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[i]) && text[i] != '_')
            {
                i++;
                continue;
            }

            ulong hash = Start;
            for (; i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '_'); i++) hash = Next(hash, char.ToLowerInvariant(text[i]));
            Add(counts, Finish(hash));
            if (before != 0) Add(counts, Finish(Next(before, ' ') ^ (hash * 31)));
            before = hash;
        }
    }

    private static void CountGrams(string text, Dictionary<ulong, int> counts)
    {
        for (int i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            int end = i;
            while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;

            // the word stands between two blanks
            for (int from = i - 1; from < end; from++)
            {
                ulong hash = Start ^ 0x5bd1e995;
                for (int length = 1; length <= LongestGram && from + length <= end + 1; length++)
                {
                    int at = from + length - 1;
                    hash = Next(hash, at < i || at == end ? ' ' : char.ToLowerInvariant(text[at]));
                    if (length >= ShortestGram) Add(counts, Finish(hash));
                }
            }

            i = end;
        }
    }

    private static void Add(Dictionary<ulong, int> counts, ulong key) => CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _)++;

    // FNV-1a over UTF-16, mixed at the end as in MurmurHash3: saved files hold these hashes
    private const ulong Start = 14_695_981_039_346_656_037;

    private static ulong Next(ulong hash, char c) => (hash ^ c) * 1_099_511_628_211;

    private static ulong Finish(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}
