using System.Globalization;
using System.Text;

namespace Kindred.Words;

/// <summary>A word that the vocabulary does not hold, and the words that are spelt nearly like it.</summary>
public sealed class UnknownWordException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="word">The word that was asked for.</param>
    /// <param name="suggestions">Near spellings, nearest first; may be empty.</param>
    /// <param name="vocabulary">The name of the word vectors.</param>
    /// <param name="count">How many words they hold.</param>
    public UnknownWordException(string word, IReadOnlyList<string> suggestions, string vocabulary, int count)
        : base(Describe(word, suggestions, vocabulary, count))
    {
        Word = word;
        Suggestions = suggestions;
    }

    /// <summary>The word that was asked for.</summary>
    public string Word { get; }

    /// <summary>Near spellings that are known, nearest first, the commoner first among equals; may be empty.</summary>
    public IReadOnlyList<string> Suggestions { get; }

    private static string Describe(string word, IReadOnlyList<string> suggestions, string vocabulary, int count)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"\"{OnOneLine(word)}\" is not among the {count} words of {vocabulary}");
        return suggestions.Count == 0 ? text : $"{text}; near spellings: {string.Join(", ", suggestions)}";
    }

    /// <summary>Keeps a message one short line, whatever was typed.</summary>
    private static string OnOneLine(string word)
    {
        var text = new StringBuilder();
        foreach (Rune rune in word.EnumerateRunes())
        {
            if (text.Length >= 60) return text.Append('…').ToString();
            text.Append(Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 ? "\uFFFD" : rune.ToString());
        }
        return text.ToString();
    }
}
