using Kindred.Words.FastText;
using Kindred.Words.Files;

namespace Kindred.Words.Training;

/// <summary>Which input rows make up each word of the vocabulary: its own, and after it those of its n-grams.</summary>
internal sealed class InputRows
{
    private readonly int[] _starts;
    private readonly int[] _rows;

    internal InputRows(Vocabulary words, Subwords subwords)
    {
        _starts = new int[words.Count + 1];
        var rows = new List<int>();
        for (int i = 0; i < words.Count; i++)
        {
            rows.Add(i);
            subwords.AddRows(words.Bytes(i), rows);
            _starts[i + 1] = rows.Count;
        }
        _rows = [.. rows];
    }

    internal ReadOnlySpan<int> this[int word] => _rows.AsSpan(_starts[word].._starts[word + 1]);
}
