#:project ../../src/Kindred.Words/Kindred.Words.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

// Makes the two inputs of `kindred model distill`: the words, commonest first, and WordNet's definitions and example sentences. README.md beside it says how to run it.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kindred.Words;

const int WordCount = 30_000, ShortestExample = 16;

if (args.Length != 4)
{
    Console.Error.WriteLine("usage: recipe.cs WORDS.kwv WORDNET-FOLDER WORDS-OUT TEXTS-OUT");
    return 2;
}

using (var vectors = WordVectors.Open(args[0]))
    Write(args[2], Enumerable.Range(0, WordCount).Select(vectors.Word));

// a line of a data file: offset, number of the lexicographer's file, part of speech, number of words (hexadecimal), …, | definition; "example"; …
var examples = new List<string>();
var definitions = new List<string>();
foreach (string part in (string[])["noun", "verb", "adj", "adv"])
{
    foreach (string line in File.ReadLines(Path.Combine(args[1], "data." + part), Encoding.Latin1))
    {
        if (line.StartsWith("  ", StringComparison.Ordinal)) continue;
        string gloss = line[(line.IndexOf('|', StringComparison.Ordinal) + 1)..].Trim();
        string[] pieces = gloss.Split('"');
        string definition = pieces[0].Split("; ")[0].Trim(' ', ';');
        if (definition.Length > 0) definitions.Add(definition);
        for (int i = 1; i < pieces.Length; i += 2)
            if (pieces[i].Length >= ShortestExample) examples.Add(pieces[i]);
    }
}

// every example, every second definition: more of them gains little and costs the teacher's time
Write(args[3], examples.Concat(definitions.Where((_, i) => i % 2 == 0)).Distinct(StringComparer.Ordinal));
return 0;

static void Write(string path, IEnumerable<string> lines)
{
    File.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {File.ReadLines(path).Count()} lines, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}"));
}
