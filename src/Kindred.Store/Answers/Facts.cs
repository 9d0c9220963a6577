using Kindred.Store.Search;

namespace Kindred.Store.Answers;

/// <summary>What of a text an embedding hardly sees: its numbers, its names, and whether it denies.</summary>
internal sealed class Facts
{
    private static readonly HashSet<string> Negations = new(StringComparer.Ordinal) { "no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "cannot", "without", "t" };

    private static readonly string[] Numerals = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    /// <summary>German writes every noun with a capital: there a capital makes no name.</summary>
    private static readonly string[] German = ["der", "die", "das", "und", "ist"];

    private readonly HashSet<string> _words;

    public Facts(string text)
    {
        var words = WordQuery.Words(text);
        _words = new HashSet<string>(words, StringComparer.Ordinal);
        Negated = words.Exists(Negations.Contains);
        Numbers = words.Select(Number).OfType<string>().ToHashSet(StringComparer.Ordinal);
        Names = German.Count(_words.Contains) >= 2 ? [] : [.. Capitals(text).Where(w => !WordQuery.IsStop(w))];
    }

    public bool Negated { get; }

    /// <summary>Words with a digit, and two to twelve in digits.</summary>
    public IReadOnlySet<string> Numbers { get; }

    /// <summary>Words with a capital that begin no sentence, in small letters.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Whether a name stands in this text, perhaps with another ending.</summary>
    public bool Mentions(string name) => _words.Contains(name)
        || _words.Any(w => w.Length >= 4 && name.Length >= 4 && (w.StartsWith(name, StringComparison.Ordinal) || name.StartsWith(w, StringComparison.Ordinal)));

    /// <summary>The share of this text's words, those without a subject left out, that another text has.</summary>
    public double ShareIn(Facts other)
    {
        string[] own = [.. _words.Where(w => !WordQuery.IsStop(w))];
        return own.Length == 0 ? 0 : (double)own.Count(other.Mentions) / own.Length;
    }

    private static string? Number(string word) =>
        word.Any(char.IsDigit) ? word : Array.IndexOf(Numerals, word) is >= 0 and var at ? (at + 2).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;

    private static IEnumerable<string> Capitals(string text)
    {
        foreach (var (start, end) in Sentences.Split(text))
            foreach (var (run, _) in WordQuery.Runs(text[start..end]).Skip(1))
                if (char.IsUpper(run[0]) && run.Length > 1) yield return run.ToLowerInvariant();
    }
}
