using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Kindred.Vectors.Files;
using Kindred.Words.Files;

namespace Kindred.Words.Corpora;

/// <summary>Phrases as a plain text table. Layout: docs/formats/phrases.md.</summary>
internal static class PhraseTable
{
    private const int MostPasses = 64;
    private const string Header = "pass\tfirst\tsecond\tcount\tscore";

    internal static void Write(string path, IEnumerable<Phrase> phrases) => AtomicFile.Write(path, file =>
    {
        using var text = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        text.WriteLine(Header);
        foreach (var (pass, first, second, count, score) in phrases) text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pass}\t{first}\t{second}\t{count}\t{score:R}"));
    });

    /// <exception cref="WordVectorFileException">Names the line and what is wrong in it.</exception>
    internal static PhrasePass[] Read(string path)
    {
        using var file = File.OpenRead(path);
        var lines = new TextLines(path, file);
        if (!lines.Next(out var line) || Encoding.UTF8.GetString(line) != Header) throw WordVectorFileException.AtLine(path, 1, $"this is no table of phrases: it does not begin with {Header.Replace('\t', ' ')}");
        var passes = new List<PhrasePass>();
        Span<Range> fields = stackalloc Range[6];
        for (long number = 2; lines.Next(out line); number++)
        {
            int cut = 0;
            foreach (var field in line.Split((byte)'\t'))
                if (cut < fields.Length) fields[cut++] = field;
            if (cut != 5) throw Wrong($"{(cut < 5 ? cut : "more than 5")} fields where 5 are due");
            ReadOnlySpan<byte> pass = line[fields[0]], first = line[fields[1]], second = line[fields[2]], count = line[fields[3]], score = line[fields[4]];
            if (!Utf8Parser.TryParse(pass, out int place, out int used) || used != pass.Length || place < 1 || place > MostPasses || place < passes.Count || place > passes.Count + 1)
                throw Wrong($"pass {Encoding.UTF8.GetString(pass)} where {Math.Max(passes.Count, 1)} or the next is due, {MostPasses} at most");
            if (!Utf8Parser.TryParse(count, out long times, out used) || used != count.Length || times < 1) throw Wrong("the count is no whole number from 1");
            if (!Utf8Parser.TryParse(score, out double value, out used) || used != score.Length || !double.IsFinite(value)) throw Wrong("the score is no number");
            if (first.IsEmpty || second.IsEmpty || first.Length + 1 + second.Length > TokenSplitter.LongestToken || line.Contains((byte)' ') || !System.Text.Unicode.Utf8.IsValid(line))
                throw Wrong($"the two words are no UTF-8 of together at most {TokenSplitter.LongestToken - 1} bytes without spaces");
            if (place > passes.Count) passes.Add(new PhrasePass());
            try
            {
                if (!passes[^1].Add(first, second, times, value)) throw Wrong("this phrase came before");
            }
            catch (OverflowException)
            {
                throw Wrong("the phrases up to here pass 2 GiB");
            }

            WordVectorFileException Wrong(string what) => WordVectorFileException.AtLine(path, number, what);
        }
        return [.. passes];
    }
}
