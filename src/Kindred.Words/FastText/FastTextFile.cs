using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Kindred.Vectors.Files;
using Kindred.Words.Files;

namespace Kindred.Words.FastText;

/// <summary>Reads fastText's .bin (versions 11 and 12) and .ftz, and writes .bin of version 12. See docs/formats/fasttext.md.</summary>
internal static class FastTextFile
{
    internal const int Magic = 793_712_314;
    private const int Version = 12;
    private const int LongestNgram = 1 << 20;

    internal static bool Is(ReadOnlySpan<byte> start) => start.Length >= 4 && BitConverter.ToInt32(start) == Magic;

    /// <summary>Reads a model; a quantised one is spread out to float.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">The same, open.</param>
    /// <param name="withOutput">Whether to read the output matrix too; else its size is checked and it is passed over.</param>
    /// <exception cref="WordVectorFileException">Names the byte and the field that is wrong.</exception>
    internal static FastTextModel Read(string path, FileStream file, bool withOutput)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("fastText files are read as they are, little-endian.");
        file.Position = 0;
        var cursor = new BinaryCursor(path, file, file.Length);
        if (cursor.Read<int>("magic") != Magic) throw WordVectorFileException.At(path, 0, "magic: this is no fastText model");
        int version = cursor.Read<int>("version");
        if (version is < 11 or > Version) throw WordVectorFileException.At(path, 4, $"version: {version} is neither 11 nor {Version}");
        var settings = ReadSettings(cursor, version);

        long at = cursor.Position;
        int size = cursor.Read<int>("count of entries"), count = cursor.Read<int>("count of words"), labelCount = cursor.Read<int>("count of labels");
        long tokens = cursor.Read<long>("count of tokens"), prunedCount = cursor.Read<long>("count of kept n-grams");
        if (count < 0 || labelCount < 0 || (long)count + labelCount != size) throw WordVectorFileException.At(path, at, $"count of entries: {size} is not {count} words and {labelCount} labels");
        if (prunedCount < -1) throw WordVectorFileException.At(path, at + 20, $"count of kept n-grams: {prunedCount}");
        cursor.Need(size, 11, "entries");
        var words = new VocabularyBuilder();
        long[] counts = new long[count], labelCounts = new long[labelCount];
        string[] labels = new string[labelCount];
        for (int i = 0; i < size; i++)
        {
            at = cursor.Position;
            cursor.Item = i;
            var word = cursor.ReadTo(0, "entry");
            if (word.IsEmpty) throw WordVectorFileException.At(path, at, $"entry {i}: it is empty");
            if (!Utf8.IsValid(word)) throw WordVectorFileException.At(path, at, $"entry {i}: not UTF-8");
            if (i >= count) labels[i - count] = Encoding.UTF8.GetString(word);
            else if (!words.Add(cursor, at, word)) throw WordVectorFileException.At(path, at, $"entry {i}: this word has come before");
            long frequency = cursor.Read<long>("frequency of entry");
            if (i < count) counts[i] = frequency;
            else labelCounts[i - count] = frequency;
            at = cursor.Position;
            byte kind = cursor.Read<byte>("kind of entry");
            if (kind != (i < count ? 0 : 1)) throw WordVectorFileException.At(path, at, $"kind of entry {i}: {kind} where {(i < count ? "a word (0)" : "a label (1)")} is due");
        }
        cursor.Item = null;
        var pruned = prunedCount < 0 ? null : ReadPruned(cursor, prunedCount);

        at = cursor.Position;
        bool quantized = ReadFlag(cursor, "quantised");
        long rows = count + (pruned is null ? settings.Buckets : prunedCount);
        NativeRows? input = null, output = null;
        try
        {
            input = quantized ? QuantizedMatrix.Read(cursor, rows, settings.Dimensions, "input matrix") : ReadMatrix(cursor, rows, settings.Dimensions, "input matrix")!;
            bool quantizedOutput = ReadFlag(cursor, "quantised output");
            output = quantized && quantizedOutput ? QuantizedMatrix.Read(cursor, null, settings.Dimensions, "output matrix")
                : ReadMatrix(cursor, null, settings.Dimensions, "output matrix", skip: !withOutput);
            if (cursor.Peek() >= 0) throw cursor.Error("bytes beyond the output matrix");
            return new FastTextModel
            {
                Settings = settings,
                Words = words.Build(),
                Counts = counts,
                Labels = labels,
                LabelCounts = labelCounts,
                Tokens = tokens,
                Pruned = pruned,
                Input = input,
                Output = output,
            };
        }
        catch
        {
            input?.Dispose();
            output?.Dispose();
            throw;
        }
    }

    /// <summary>Writes a model, beside the place first and then renamed.</summary>
    /// <exception cref="ArgumentException">N-grams were pruned, which the form without quantisation cannot say.</exception>
    internal static void Write(string path, FastTextModel model)
    {
        if (model.Pruned is not null) throw new ArgumentException("The n-grams of this model were pruned, which a .bin file cannot hold: write the words in another form.", nameof(model));
        AtomicFile.Write(path, file =>
        {
            using var writer = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true);
            writer.Write(Magic);
            writer.Write(Version);
            var s = model.Settings;
            foreach (int value in (ReadOnlySpan<int>)[s.Dimensions, s.Window, s.Epochs, s.MinCount, s.Negatives, s.WordNgrams, s.Loss, s.Model, s.Buckets, s.MinLength, s.MaxLength, s.LearningRateUpdateRate])
                writer.Write(value);
            writer.Write(s.Subsampling);
            writer.Write(model.Words.Count + model.Labels.Count);
            writer.Write(model.Words.Count);
            writer.Write(model.Labels.Count);
            writer.Write(model.Tokens);
            writer.Write(-1L);
            for (int i = 0; i < model.Words.Count; i++) WriteEntry(model.Words.Bytes(i), model.Counts[i], 0);
            for (int i = 0; i < model.Labels.Count; i++) WriteEntry(Encoding.UTF8.GetBytes(model.Labels[i]), model.LabelCounts[i], 1);
            writer.Write(false);
            WriteMatrix(writer, model.Input, s.Dimensions);
            writer.Write(false);
            WriteMatrix(writer, model.Output, s.Dimensions);

            void WriteEntry(ReadOnlySpan<byte> word, long count, byte kind)
            {
                writer.Write(word);
                writer.Write((byte)0);
                writer.Write(count);
                writer.Write(kind);
            }
        });
    }

    private static FastTextSettings ReadSettings(BinaryCursor cursor, int version)
    {
        long at = cursor.Position;
        int[] v = new int[12];
        cursor.Read(MemoryMarshal.AsBytes(v.AsSpan()), "settings");
        double subsampling = cursor.Read<double>("subsampling");
        Check(0, "dimensions", 1, KwvHeader.MaxDimensions);
        Check(6, "loss", 1, 4);
        Check(7, "model", 1, 3);
        Check(8, "buckets", 0, int.MaxValue);
        Check(9, "least length of n-grams", 0, LongestNgram);
        Check(10, "most length of n-grams", 0, LongestNgram);
        return new FastTextSettings
        {
            Dimensions = v[0],
            Window = v[1],
            Epochs = v[2],
            MinCount = v[3],
            Negatives = v[4],
            WordNgrams = v[5],
            Loss = v[6],
            Model = v[7],
            Buckets = v[8],
            MinLength = v[9],
            LearningRateUpdateRate = v[11],
            Subsampling = subsampling,
            // classifiers of version 11 had no character n-grams, whatever they say
            MaxLength = version == 11 && v[7] == FastTextSettings.Supervised ? 0 : v[10],
        };

        void Check(int field, string name, int least, int most)
        {
            if (v[field] < least || v[field] > most) throw WordVectorFileException.At(cursor.Path, at + (4 * field), $"{name}: {v[field]} is outside {least} to {most}");
        }
    }

    private static Dictionary<int, int> ReadPruned(BinaryCursor cursor, long count)
    {
        cursor.Need(count, 8, "kept n-grams");
        var kept = new Dictionary<int, int>();
        for (long i = 0; i < count; i++)
        {
            long at = cursor.Position;
            int bucket = cursor.Read<int>("kept n-gram"), row = cursor.Read<int>("row of a kept n-gram");
            if (row < 0 || row >= count) throw WordVectorFileException.At(cursor.Path, at + 4, $"row of kept n-gram {i}: {row} is outside 0 to {count - 1}");
            if (!kept.TryAdd(bucket, row)) throw WordVectorFileException.At(cursor.Path, at, $"kept n-gram {i}: bucket {bucket} has come before");
        }
        return kept;
    }

    private static bool ReadFlag(BinaryCursor cursor, string field)
    {
        byte flag = cursor.Read<byte>(field);
        return flag <= 1 ? flag == 1 : throw WordVectorFileException.At(cursor.Path, cursor.Position - 1, $"{field}: {flag} is neither 0 nor 1");
    }

    /// <summary>A matrix: int64 rows, int64 columns, float32 row by row.</summary>
    private static NativeRows? ReadMatrix(BinaryCursor cursor, long? rows, int dimensions, string field, bool skip = false)
    {
        long at = cursor.Position;
        long count = cursor.Read<long>($"rows of the {field}"), columns = cursor.Read<long>($"columns of the {field}");
        if (columns != dimensions) throw WordVectorFileException.At(cursor.Path, at + 8, $"columns of the {field}: {columns} where {dimensions} are due");
        if (count < 0 || (rows is { } due && count != due)) throw WordVectorFileException.At(cursor.Path, at, $"rows of the {field}: {count} where {rows} are due");
        cursor.Need(count, 4L * dimensions, field);
        if (skip)
        {
            cursor.Skip(count * dimensions * 4);
            return null;
        }
        var matrix = new NativeRows(count, dimensions);
        try
        {
            cursor.Read(matrix, field);
            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    private static unsafe void WriteMatrix(BinaryWriter writer, NativeRows? matrix, int dimensions)
    {
        writer.Write(matrix?.Count ?? 0);
        writer.Write((long)dimensions);
        for (long left = (matrix?.Count ?? 0) * dimensions, at = 0; left > 0;)
        {
            int piece = (int)Math.Min(left, 1 << 26);
            writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(matrix!.Start + at, piece)));
            at += piece;
            left -= piece;
        }
    }
}
