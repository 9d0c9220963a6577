using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Kindred.Vectors.Files;
using Kindred.Words.Files;

namespace Kindred.Words.Training;

/// <summary>The file that a training goes on from: settings, words, both matrices and how far it came. Layout: docs/formats/kwt.md.</summary>
/// <param name="Options">Settings; those that only name threads or places are not kept.</param>
/// <param name="Words">The words.</param>
/// <param name="Counts">How often each came.</param>
/// <param name="Before">How often each had come before the text in hand, where a model is trained further; 0 for new words, which stand behind the others.</param>
/// <param name="Tokens">Tokens of the corpus in hand.</param>
/// <param name="Blocks">Blocks that are done, over all epochs.</param>
/// <param name="Done">Tokens that are done.</param>
/// <param name="Inputs">Input rows: words, then buckets.</param>
/// <param name="Outputs">Output rows.</param>
/// <param name="Documents">A row a line, where documents are trained.</param>
internal sealed record TrainingState(WordTrainingOptions Options, Vocabulary Words, long[] Counts, long[] Before, long Tokens, long Blocks, long Done, RowMatrix Inputs, RowMatrix Outputs, RowMatrix? Documents)
{
    private const int Version = 2;
    private const int LongestWord = 4 * Corpora.TokenSplitter.LongestToken;
    private const int SettingsBytes = (8 * sizeof(int)) + (4 * sizeof(byte)) + (2 * sizeof(double)) + (5 * sizeof(long)) + sizeof(int);

    private static ReadOnlySpan<byte> Magic => "KWTS"u8;

    internal static void Write(string path, TrainingState state) => AtomicFile.Write(path, file =>
    {
        var hash = new XxHash3();
        var head = new MemoryStream();
        using (var to = new BinaryWriter(head, Encoding.UTF8, leaveOpen: true))
        {
            var options = state.Options;
            to.Write(Magic);
            to.Write(Version);
            foreach (int value in (ReadOnlySpan<int>)[options.Dimensions, options.Window, options.Negative, options.MinCount, options.Epochs, options.Seed, options.MinLength, options.MaxLength]) to.Write(value);
            to.Write((byte)options.Method);
            to.Write(options.HierarchicalSoftmax);
            to.Write((short)0);
            to.Write(options.Rate);
            to.Write(options.Sample);
            to.Write(options.Buckets);
            to.Write(state.Tokens);
            to.Write(state.Blocks);
            to.Write(state.Done);
            to.Write(state.Documents?.Count ?? 0L);
            to.Write((long)state.Words.Count);
            for (int i = 0; i < state.Words.Count; i++)
            {
                to.Write(state.Counts[i]);
                to.Write(state.Before[i]);
                to.Write(state.Words.Bytes(i).Length);
                to.Write(state.Words.Bytes(i));
            }
        }
        Put(head.GetBuffer().AsSpan(0, (int)head.Length));
        foreach (var rows in (RowMatrix[])(state.Documents is null ? [state.Inputs, state.Outputs] : [state.Inputs, state.Outputs, state.Documents]))
            for (int i = 0; i < rows.Count; i++) Put(MemoryMarshal.AsBytes(rows[i]));
        Span<byte> sum = stackalloc byte[sizeof(ulong)];
        hash.GetCurrentHash(sum);
        file.Write(sum);

        void Put(ReadOnlySpan<byte> bytes)
        {
            hash.Append(bytes);
            file.Write(bytes);
        }
    });

    /// <summary>Reads a file.</summary>
    /// <exception cref="WordVectorFileException">It is damaged or something else; names the byte.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static TrainingState Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        var hash = new XxHash3();
        byte[] piece = new byte[Math.Max(SettingsBytes, LongestWord)];
        long at = 0;
        var start = Take(8, "header");
        if (!start[..4].SequenceEqual(Magic)) throw WordVectorFileException.At(path, 0, "this is no file of a training");
        if (BitConverter.ToInt32(start[4..]) != Version) throw WordVectorFileException.At(path, 4, $"version {BitConverter.ToInt32(start[4..])} where {Version} is due");
        using var settings = new BinaryReader(new MemoryStream(Take(SettingsBytes, "settings").ToArray()));
        int[] numbers = [.. Enumerable.Range(0, 8).Select(_ => settings.ReadInt32())];
        byte method = settings.ReadByte();
        bool tree = settings.ReadByte() != 0;
        _ = settings.ReadInt16();
        var options = new WordTrainingOptions
        {
            Dimensions = numbers[0],
            Window = numbers[1],
            Negative = numbers[2],
            MinCount = numbers[3],
            Epochs = numbers[4],
            Seed = numbers[5],
            MinLength = numbers[6],
            MaxLength = numbers[7],
            Method = (WordTrainingMethod)method,
            HierarchicalSoftmax = tree,
            LearningRate = settings.ReadDouble(),
            Sample = settings.ReadDouble(),
            Buckets = settings.ReadInt32(),
        };
        long tokens = settings.ReadInt64(), blocks = settings.ReadInt64(), done = settings.ReadInt64(), lines = settings.ReadInt64(), count = settings.ReadInt64();
        try
        {
            options.Check();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw WordVectorFileException.At(path, 8, $"settings: {e.Message}");
        }
        if (!Enum.IsDefined(options.Method)) throw WordVectorFileException.At(path, 40, $"method {method} is not known");
        long buckets = options.MaxLength > 0 ? options.Buckets : 0, floats = (long)UInt128.Min((((UInt128)(ulong)count * 2) + (ulong)buckets + (ulong)lines) * (ulong)options.Dimensions, long.MaxValue);
        // what is allocated next is bounded by bytes that exist
        if (tokens < 1 || blocks < 0 || done < 0 || count < 1 || count > int.MaxValue - buckets || lines < 0 || lines > int.MaxValue || (lines > 0) != options.HasDocuments || floats > (file.Length - at) / sizeof(float))
            throw WordVectorFileException.At(path, at - 24, $"{count} words, {buckets} n-grams and {blocks} blocks do not fit a file of {file.Length} bytes");
        var words = new VocabularyBuilder();
        long[] counts = new long[count], before = new long[count];
        for (int i = 0; i < count; i++)
        {
            long where = at;
            var entry = Take(20, "word");
            counts[i] = BitConverter.ToInt64(entry);
            before[i] = BitConverter.ToInt64(entry[8..]);
            int length = BitConverter.ToInt32(entry[16..]);
            if (counts[i] < 1 || before[i] < 0 || before[i] > counts[i] || (i > 0 && before[i] > 0 && before[i - 1] == 0) || length is < 1 or > LongestWord) throw WordVectorFileException.At(path, where, $"word {i}: {length} bytes, {counts[i]} times, {before[i]} before");
            var word = Take(length, "word");
            if (!System.Text.Unicode.Utf8.IsValid(word) || !words.Add(word)) throw WordVectorFileException.At(path, where, $"word {i} is not UTF-8, or comes twice");
        }
        RowMatrix? inputs = null, outputs = null, documents = null;
        try
        {
            inputs = Rows((int)(count + buckets));
            outputs = Rows((int)count);
            if (lines > 0) documents = Rows((int)lines);
            byte[] sum = hash.GetCurrentHash();
            long end = at;
            if (!Take(sum.Length, "checksum").SequenceEqual(sum)) throw WordVectorFileException.At(path, end, "checksum differs: the file is damaged");
            if (at != file.Length) throw WordVectorFileException.At(path, at, $"{file.Length - at} bytes too many");
        }
        catch
        {
            inputs?.Dispose();
            outputs?.Dispose();
            documents?.Dispose();
            throw;
        }
        return new TrainingState(options, words.Build(), counts, before, tokens, blocks, done, inputs, outputs, documents);

        RowMatrix Rows(int rows)
        {
            var matrix = new RowMatrix(rows, options.Dimensions);
            for (int i = 0; i < rows; i++)
            {
                var row = MemoryMarshal.AsBytes(matrix[i]);
                Fill(row, "rows");
                if (RowQuantizer.Holds(matrix[i])) continue;
                matrix.Dispose();
                throw WordVectorFileException.At(path, at - row.Length, $"row {i}: a number that is not finite or beyond 1e18");
            }
            return matrix;
        }

        ReadOnlySpan<byte> Take(int bytes, string what)
        {
            Fill(piece.AsSpan(0, bytes), what);
            return piece.AsSpan(0, bytes);
        }

        void Fill(Span<byte> bytes, string what)
        {
            int got = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (got < bytes.Length) throw WordVectorFileException.At(path, at + got, $"the file ends inside its {what}");
            hash.Append(bytes);
            at += got;
        }
    }
}
