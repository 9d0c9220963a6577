using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Kindred.Words.Files;

/// <summary>Reads word vectors from text: a word and its numbers a line, with a word2vec header ("count dimensions") or, as GloVe writes it, without.</summary>
internal static class TextVectors
{
    private const int LinesLookedAt = 100;
    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads the lines of a text file.</summary>
    /// <exception cref="WordVectorFileException">Names the line that is wrong.</exception>
    /// <exception cref="InvalidDataException">The lines come out of a packed file that is damaged.</exception>
    internal static (Vocabulary Words, NativeRows Rows) Read(string path, TextLines lines)
    {
        var first = new List<byte[]>();
        while (first.Count < LinesLookedAt && lines.Next(out var line)) first.Add(line.ToArray());
        if (first.Count == 0 || first.TrueForAll(line => line.Length == 0)) throw WordVectorFileException.Whole(path, "the file is empty");

        (long Count, int Dimensions)? header = Header(path, first);
        int dimensions = header?.Dimensions ?? MostCommonLength(first);
        if (dimensions < 1) throw WordVectorFileException.AtLine(path, 1, "no word followed by numbers, so this is no text file of word vectors");
        if (dimensions > KwvHeader.MaxDimensions) throw WordVectorFileException.AtLine(path, 1, $"{dimensions} dimensions are more than {KwvHeader.MaxDimensions}");

        var rows = new RowReader(path, dimensions);
        long number = 0, blank = 0, seen = 0;
        foreach (byte[] line in first) Take(line);
        while (lines.Next(out var line)) Take(line);
        if (header is { } said && said.Count != seen)
            throw WordVectorFileException.AtLine(path, 1, $"the header says {said.Count} words, {seen} rows follow");
        return rows.Result();

        void Take(ReadOnlySpan<byte> line)
        {
            if (++number == 1 && header is not null) return;
            if (line.IsEmpty)
            {
                if (blank == 0) blank = number;
                return;
            }
            if (blank != 0) throw WordVectorFileException.AtLine(path, blank, "a blank line between rows");
            if (++seen > header?.Count) throw WordVectorFileException.AtLine(path, number, $"a row beyond the {header?.Count} that the header says");
            rows.Add(line, number);
        }
    }

    /// <summary>The header: two whole numbers, alone on the first line, of which the second fits the row that follows.</summary>
    private static (long Count, int Dimensions)? Header(string path, List<byte[]> first)
    {
        var line = first[0].AsSpan().Trim(" \t"u8);
        int gap = line.IndexOfAny((byte)' ', (byte)'\t');
        if (gap < 0 || !Whole(line[..gap], out long count) || !Whole(line[gap..].TrimStart(" \t"u8), out long dimensions)) return null;
        if (dimensions is < 1 or > KwvHeader.MaxDimensions)
            return first.Count > 1 && Length(first[1]) == 1 ? null : throw WordVectorFileException.AtLine(path, 1, $"the header says {dimensions} dimensions, which is outside 1 to {KwvHeader.MaxDimensions}");
        if (first.Count == 1 || first[1].Length == 0)
            return count == 0 ? (0, (int)dimensions) : throw WordVectorFileException.AtLine(path, 1, $"the header says {count} words, no row follows");
        // "7 0.5" is a row of one dimension, and so may be "7 5"
        return Length(first[1]) == 1 && dimensions != 1 ? null : (count, (int)dimensions);

        static bool Whole(ReadOnlySpan<byte> text, out long value) =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>How many numbers most of the lines end with; words that hold spaces or digits are few.</summary>
    private static int MostCommonLength(List<byte[]> lines) =>
        lines.Where(line => line.Length > 0).GroupBy(line => Length(line)).OrderByDescending(group => group.Count()).First().Key;

    /// <summary>How many numbers a line ends with, leaving one token for the word.</summary>
    internal static int Length(ReadOnlySpan<byte> line)
    {
        var rest = line;
        int numbers = 0;
        while (LastToken(ref rest, out var token))
        {
            if (!LooksNumeric(token)) return numbers;
            if (rest.IsEmpty) return numbers;   // the word itself is a number
            numbers++;
            if (rest.Trim(" \t"u8).IsEmpty) return numbers;   // the word is made of spaces
        }
        return numbers;
    }

    /// <summary>Takes the last token off a line that ends in one; separators before it stay.</summary>
    private static bool LastToken(ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> token)
    {
        var text = line.TrimEnd(" \t"u8);
        int start = text.LastIndexOfAny((byte)' ', (byte)'\t') + 1;
        token = text[start..];
        line = text[..start];
        return !token.IsEmpty;
    }

    private static bool LooksNumeric(ReadOnlySpan<byte> token) =>
        (token[0] is >= (byte)'0' and <= (byte)'9' or (byte)'-' or (byte)'+' or (byte)'.') && Parse(token, out _);

    // the parser passes over zeros at the end, which no text has
    private static bool Parse(ReadOnlySpan<byte> token, out float value)
    {
        value = 0;
        return token[^1] != 0 && float.TryParse(token, Number, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Parses rows and keeps the first of each word.</summary>
    private sealed class RowReader(string path, int dimensions)
    {
        private readonly VocabularyBuilder _words = new();
        private readonly float[] _row = new float[dimensions];
        private readonly NativeRows _rows = new(0, dimensions);

        internal (Vocabulary Words, NativeRows Rows) Result() => (_words.Build(), _rows);

        internal void Add(ReadOnlySpan<byte> line, long number)
        {
            var rest = line;
            bool whole = true;   // every component is written as a whole number
            for (int i = dimensions - 1; i >= 0; i--)
            {
                if (!LastToken(ref rest, out var token)) throw Short(number, i, default);
                if (!Parse(token, out float value)) throw Short(number, i, token);
                if (!float.IsFinite(value)) throw WordVectorFileException.AtLine(path, number, $"component {i} is {Show(token)}, which is no finite number");
                if (Math.Abs(value) > RowQuantizer.LargestComponent)
                    throw WordVectorFileException.AtLine(path, number, $"component {i} is {Show(token)}, which is beyond 1e18");
                whole &= IsWhole(token);
                _row[i] = value;
            }
            var word = Word(rest, number, whole);
            if (!Utf8.IsValid(word)) throw WordVectorFileException.AtLine(path, number, "the word is not UTF-8");
            try
            {
                if (_words.Add(word)) _rows.Add(_row);
            }
            catch (OverflowException)
            {
                throw WordVectorFileException.AtLine(path, number, "the words up to here pass 2 GiB");
            }
        }

        /// <summary>What is left of the line: the word and one separator, or more of them.</summary>
        private ReadOnlySpan<byte> Word(ReadOnlySpan<byte> rest, long number, bool whole)
        {
            if (rest.IsEmpty) throw WordVectorFileException.AtLine(path, number, $"{dimensions} numbers and no word before them");
            var word = rest.Trim(" \t"u8);
            if (word.IsEmpty)
            {
                if (rest.Length == 1) throw WordVectorFileException.AtLine(path, number, "nothing before the numbers but a separator");
                return rest[..^1];   // the word is made of spaces
            }
            int last = word.LastIndexOfAny((byte)' ', (byte)'\t');
            // "apollo 11" may be a word; but what is written like the components is one component too many
            if (last >= 0 && LooksNumeric(word[(last + 1)..]) && (whole || !IsWhole(word[(last + 1)..])))
                throw WordVectorFileException.AtLine(path, number, $"more than {dimensions} numbers: {Show(word[(last + 1)..])} stands before them");
            return word;
        }

        private WordVectorFileException Short(long number, int left, ReadOnlySpan<byte> token) => WordVectorFileException.AtLine(path, number,
            $"{dimensions - left - 1} numbers at the end of the row where {dimensions} are due{(token.IsEmpty ? "" : $": {Show(token)} is no number")}");

        private static bool IsWhole(ReadOnlySpan<byte> token) => token.IndexOfAnyExcept("+-0123456789"u8) < 0;

        private static string Show(ReadOnlySpan<byte> token)
        {
            string text = Encoding.UTF8.GetString(token[..Math.Min(token.Length, 40)]);
            return $"\"{string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c))}\"";
        }
    }
}
