using System.Text;
using Kindred.Vectors.Files;
using Kindred.Words.FastText;
using Kindred.Words.Files;

namespace Kindred.Words;

/// <content>Reading and writing files.</content>
public sealed unsafe partial class WordVectors
{
    /// <summary>Opens word vectors; what the file is, its content tells, not its name.</summary>
    /// <param name="path">One of these; a text or binary file of word2vec may be packed by gzip.
    /// A .kwv file. Text: a word and its numbers a line, with the header of word2vec and fastText ("count dimensions") or without one as GloVe
    /// has it; words that hold spaces are split from the numbers from the right. The binary form of word2vec. A model of fastText: .bin, or the
    /// quantised .ftz. A .safetensors file with vocab.txt, a word a line, beside it; or the folder of the two.
    /// Of a word that comes twice the first is kept; a row of zeros is kept and counts as nothing.</param>
    /// <returns>The vectors; to be disposed of.</returns>
    /// <exception cref="WordVectorFileException">The file is damaged or something else; says at which byte or line.</exception>
    /// <exception cref="IOException">The file cannot be read (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static WordVectors Open(string path) => Open(path, shared: false);

    /// <summary>Makes word vectors from rows in memory.</summary>
    /// <param name="name">What to call them.</param>
    /// <param name="words">The words, the commonest first; each once, none empty.</param>
    /// <param name="rows">Shape [words, dimensions], row-major; finite, each of at most 1e18. They are copied.</param>
    /// <param name="dimensions">Length of a row, 1 to 65,536.</param>
    /// <returns>The vectors, as float.</returns>
    /// <exception cref="ArgumentException">The shape is wrong, a number is not finite or too large, a word is empty, is no valid Unicode or comes twice.</exception>
    public static WordVectors Create(string name, IReadOnlyList<string> words, ReadOnlySpan<float> rows, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(words);
        if (dimensions is < 1 or > KwvHeader.MaxDimensions)
            throw new ArgumentOutOfRangeException(nameof(dimensions), dimensions, $"Dimensions are 1 to {KwvHeader.MaxDimensions}.");
        if (rows.Length != (long)words.Count * dimensions)
            throw new ArgumentException($"{words.Count} words of {dimensions} dimensions need {(long)words.Count * dimensions} numbers, there are {rows.Length}.", nameof(rows));
        for (int i = 0; i < rows.Length; i++)
            if (!(Math.Abs(rows[i]) <= RowQuantizer.LargestComponent))
                throw new ArgumentException($"Row {i / dimensions}, component {i % dimensions} is not finite or is beyond 1e18.", nameof(rows));
        var vocabulary = new VocabularyBuilder();
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        foreach (string word in words)
        {
            if (string.IsNullOrEmpty(word)) throw new ArgumentException($"Word {vocabulary.Count} is empty.", nameof(words));
            byte[] bytes;
            try
            {
                bytes = strict.GetBytes(word);
            }
            catch (EncoderFallbackException e)
            {
                throw new ArgumentException($"Word {vocabulary.Count} holds a lone surrogate.", nameof(words), e);
            }

            if (!vocabulary.Add(bytes)) throw new ArgumentException($"Word {vocabulary.Count}, \"{word}\", comes twice.", nameof(words));
        }
        var copy = new NativeRows(words.Count, dimensions);
        for (int i = 0; i < words.Count; i++) rows.Slice(i * dimensions, dimensions).CopyTo(copy[i]);
        return new WordVectors(name, vocabulary.Build(), copy);
    }

    /// <summary>Writes a .kwv file, beside the place first and then renamed. Float rows become int8 with a scale; int8 rows are kept as they are; n-grams are left out.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="IOException">The file cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var hold = new Hold(this);
        KwvFile.Write(path, Name, _words, Dimensions, (index, row) =>
        {
            if (_rows is not null) return RowQuantizer.Quantize(FloatRow(index), row);
            Levels(index).CopyTo(row);
            return _scales[index];
        });
    }

    /// <summary>Writes a file that other programs read, beside the place first and then renamed. Numbers read back as the same floats, but for .kwv, which rounds.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="format">Its form. N-grams go into <see cref="WordVectorFormat.FastText"/> alone.</param>
    /// <exception cref="ArgumentException">A word cannot be written in this form (it is named), or the n-grams cannot: those of a quantised model may be pruned.</exception>
    /// <exception cref="IOException">The file cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public void Export(string path, WordVectorFormat format)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (format == WordVectorFormat.Kwv)
        {
            Save(path);
            return;
        }
        using var hold = new Hold(this);
        WordCheck.Carries(_words, format);
        switch (format)
        {
            case WordVectorFormat.Word2VecText:
                AtomicFile.Write(path, file => TextWriting.Write(file, _words, Dimensions, header: true, CopyRow));
                break;
            case WordVectorFormat.GloVe:
                AtomicFile.Write(path, file => TextWriting.Write(file, _words, Dimensions, header: false, CopyRow));
                break;
            case WordVectorFormat.Word2VecBinary:
                AtomicFile.Write(path, file => Word2VecBinary.Write(file, _words, Dimensions, CopyRow));
                break;
            case WordVectorFormat.Safetensors:
                SafetensorsVectors.Write(path, _words, Dimensions, CopyRow);
                break;
            case WordVectorFormat.FastText:
                ExportFastText(path);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such form.");
        }
    }

    /// <summary>Vectors whose rows the new instance owns.</summary>
    internal static WordVectors FromRows(string name, Vocabulary words, NativeRows rows) => new(name, words, rows);

    /// <summary>The vectors of a fastText model, which the new instance owns.</summary>
    internal static WordVectors FromModel(string name, FastTextModel model) => new(name, model.Words, model.WordRows(), model);

    private static WordVectors Open(string path, bool shared)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) path = SafetensorsVectors.FileOf(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Span<byte> start = stackalloc byte[16];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        if (start.StartsWith(KwvHeader.Magic[..4])) return new WordVectors(KwvFile.Open(path, file), shared);
        if (FastTextFile.Is(start)) return FromModel(NameOf(path), FastTextFile.Read(path, file, withOutput: false));
        ForeignFile.Refuse(path, start);
        var (words, rows) = PackedText.Is(start) ? PackedVectors.Read(path, file)
            : SafetensorsVectors.Is(start, file.Length) ? SafetensorsVectors.Read(path, file)
            : Word2VecBinary.Is(Head(file, out bool whole), whole) ? Word2VecBinary.Read(new BinaryCursor(path, file, file.Length))
            : TextVectors.Read(path, new TextLines(path, file));
        return new WordVectors(NameOf(path), words, rows);

        static ReadOnlySpan<byte> Head(FileStream file, out bool whole)
        {
            byte[] head = new byte[Word2VecBinary.Look];
            int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            whole = read == file.Length;
            file.Position = 0;
            return head.AsSpan(0, read);
        }
    }

    private void ExportFastText(string path)
    {
        if (_model is not null)
        {
            FastTextFile.Write(path, _model);
            return;
        }
        // fastText weighs words by their counts; without counts, Zipf's law over the order of frequency
        long[] counts = [.. Enumerable.Range(1, Count).Select(rank => Math.Max(1, 1_000_000_000L / rank))];
        using var rows = new NativeRows(Count, Dimensions);
        for (int i = 0; i < Count; i++) CopyRow(i, rows[i]);
        FastTextFile.Write(path, new FastTextModel
        {
            Settings = new FastTextSettings { Dimensions = Dimensions, Buckets = 0, MinLength = 0, MaxLength = 0 },
            Words = _words,
            Counts = counts,
            Tokens = counts.Sum(),
            Input = rows,
        });
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string extension in (ReadOnlySpan<string>)[".gz", ".txt", ".vec", ".bin", ".ftz", ".safetensors"])
            if (name.Length > extension.Length && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) name = name[..^extension.Length];
        return name;
    }
}
