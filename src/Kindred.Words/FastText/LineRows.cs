namespace Kindred.Words.FastText;

/// <summary>The rows of the input matrix that a line of text has, in fastText's order: its words with their n-grams, then its phrases.</summary>
internal sealed class LineRows(FastTextModel model)
{
    private const ulong Phrase = 116_049_371;

    public List<int> Of(string text)
    {
        var rows = new List<int>();
        var hashes = new List<int>();
        foreach (byte[] word in FastTextClassifier.Tokens(text)) Add(word);
        Add(Subwords.EndOfSentence);
        int buckets = model.Settings.Buckets;
        for (int i = 0; i < hashes.Count && buckets > 0; i++)
        {
            ulong hash = (ulong)hashes[i];
            for (int j = i + 1; j < hashes.Count && j < i + model.Settings.WordNgrams; j++)
            {
                hash = (hash * Phrase) + (ulong)hashes[j];
                int bucket = (int)(hash % (ulong)buckets);
                if (model.Pruned is null) rows.Add(model.Words.Count + bucket);
                else if (model.Pruned.TryGetValue(bucket, out int kept)) rows.Add(model.Words.Count + kept);
            }
        }

        return rows;

        void Add(ReadOnlySpan<byte> word)
        {
            int at = model.Words.Find(word);
            // a label within the text is none of its words
            if (at < 0 && word.StartsWith("__label__"u8)) return;
            if (at >= 0) rows.Add(at);
            model.Subwords.AddRows(word, rows);
            hashes.Add((int)Hash(word));
        }
    }

    private static uint Hash(ReadOnlySpan<byte> word)
    {
        uint hash = Subwords.HashStart;
        foreach (byte b in word) hash = Subwords.Hash(hash, b);
        return hash;
    }
}
