using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using CsCheck;

namespace Kindred.Words.Tests.Files;

/// <summary>What is written reads back; what is damaged is one error.</summary>
public class FormatTests
{
    private static readonly WordVectorFormat[] Formats = Enum.GetValues<WordVectorFormat>();
    private static readonly string[] Alphabet = ["a", "b", "é", "日", "🎉", "1", "-", ".", "\u0301", "_", "\"", "e5", "\\", "#", "0.5", "nan"];

    [Theory]
    [InlineData(".")]
    [InlineData(",")]
    public void Whatever_is_written_reads_back_as_the_same_words_and_floats(string point)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = point;
        culture.NumberFormat.NegativeSign = point == "," ? "\u2212" : "-";
        CultureInfo.CurrentCulture = culture;
        Gen.Select(Gen.Int[1, 9], Gen.Int[0, 12], Gen.Int[0, int.MaxValue]).Sample((dimensions, count, seed) =>
        {
            using var folder = new TempFolder();
            using var made = Random(new Random(seed), count, dimensions);
            foreach (var format in Formats)
            {
                // without words there is nothing that says how long a row of GloVe is
                if (format == WordVectorFormat.GloVe && (made.Count == 0 || dimensions == 1)) continue;
                // the four bytes of a single number can spell one: " W; 5" is a row of text as well
                if (format == WordVectorFormat.Word2VecBinary && dimensions == 1) continue;
                string path = Path.Combine(Directory.CreateDirectory(folder.File(format.ToString())).FullName, "w.safetensors");
                made.Export(path, format);
                using var read = WordVectors.Open(path);
                Assert.Equal("w", format == WordVectorFormat.Kwv ? "w" : read.Name);
                Equal(made, read, exact: format != WordVectorFormat.Kwv);
                if (format is WordVectorFormat.Word2VecText or WordVectorFormat.Word2VecBinary or WordVectorFormat.GloVe)
                {
                    Pack(path);
                    using var packed = WordVectors.Open(path + ".gz");
                    Equal(made, packed, exact: true);
                }
            }
        }, iter: 25, threads: 1);
    }

    [Fact]
    public void The_binary_form_reads_with_and_without_line_ends_and_with_odd_headers()
    {
        using var folder = new TempFolder();
        float[] rows = [0.5f, -2, 1e-5f, 3, 1e10f, 0];
        foreach (string header in new[] { "2 3\n", " 2  3 \n", "2\t3\r\n", "2 3 \n" })
        {
            foreach (string between in new[] { "", "\n", "\n\n" })
            {
                foreach (string last in new[] { "", "\n" })
                {
                    byte[] file = [.. Encoding.UTF8.GetBytes(header), .. "new\u00A0york "u8, .. Bytes(rows.AsSpan(0, 3)), .. Encoding.UTF8.GetBytes(between), .. "b "u8, .. Bytes(rows.AsSpan(3)), .. Encoding.UTF8.GetBytes(last)];
                    using var vectors = WordVectors.Open(folder.Write("w.bin", file));
                    Assert.Equal(["new\u00A0york", "b"], [vectors.Word(0), vectors.Word(1)]);
                    Assert.Equal(rows[..3], Vector(vectors, 0));
                    Assert.Equal(rows[3..], Vector(vectors, 1));
                    folder.Write("p", file);
                    Pack(folder.File("p"));
                    using var packed = WordVectors.Open(folder.File("p.gz"));
                    Assert.Equal(rows[3..], Vector(packed, 1));
                }
            }
        }
    }

    [Fact]
    public void A_binary_number_that_looks_like_a_digit_and_zeros_is_no_text()
    {
        using var folder = new TempFolder();
        using var vectors = WordVectors.Open(folder.Write("w.bin", [.. "1 1\na "u8, .. "5\0\0\0"u8, 10]));
        Assert.Equal(float.Epsilon * '5', Vector(vectors, 0)[0]);
        Assert.Equal(1, Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("w.txt", "a 1 5\0\0\n"))).Line);
    }

    [Fact]
    public void Of_a_word_that_comes_twice_the_binary_form_keeps_the_first()
    {
        using var folder = new TempFolder();
        using var vectors = WordVectors.Open(folder.Write("w.bin", [.. "3 2\n"u8, .. "a "u8, .. Bytes([1, 2]), .. "a "u8, .. Bytes([3, 4]), .. "b "u8, .. Bytes([0, 0])]));
        Assert.Equal(2, vectors.Count);
        Assert.Equal([1, 2], Vector(vectors, 0));
        Assert.Empty(vectors.Neighbors("b", 3));   // a row of zeros
    }

    [Theory]
    [InlineData("3 2\n", "word 2: the file ends")]
    [InlineData("1 2\n", "beyond the 1 words")]
    [InlineData("9000000000000000000 2\n", "rows: 9000000000000000000")]
    [InlineData("2147483647 65536\n", "rows: 2147483647")]
    public void A_wrong_header_is_an_error_at_a_byte(string header, string said)
    {
        using var folder = new TempFolder();
        byte[] file = [.. Encoding.UTF8.GetBytes(header), .. "a "u8, .. Bytes([1, 2]), .. "b "u8, .. Bytes([3, 4]), .. Encoding.UTF8.GetBytes(header[0] == '3' ? "very-long-word" : "")];
        var error = Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("w.bin", file)));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Offset);
    }

    [Fact]
    public void Broken_words_and_numbers_name_their_byte()
    {
        using var folder = new TempFolder();
        Check([.. "a "u8, .. Bytes([1, float.NaN])], "numbers of word 0", 10);
        Check([.. "a "u8, .. Bytes([float.PositiveInfinity, 1])], "numbers of word 0", 6);
        Check([.. " "u8, .. Bytes([1, 2]), 0], "empty", 4);
        Check([0xFF, (byte)' ', .. Bytes([1, 2])], "not UTF-8", 4);

        void Check(byte[] rest, string said, long at)
        {
            var error = Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("w.bin", [.. "1 2\n"u8, .. rest])));
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
            Assert.Equal(at, error.Offset);
        }
    }

    [Fact]
    public void A_cut_at_any_byte_is_an_error_or_fewer_words()
    {
        using var folder = new TempFolder();
        foreach (var (path, file) in Samples(folder))
        {
            for (int cut = 0; cut < file.Length; cut++)
            {
                File.WriteAllBytes(path, file[..cut]);
                try
                {
                    using var vectors = WordVectors.Open(path);
                    // text without a header can be cut after any digit of a last row; the last line end of others may be missing
                    Assert.True(path.EndsWith("GloVe", StringComparison.Ordinal) || (cut == file.Length - 1 && file[^1] == '\n')
                        || path.EndsWith("Word2VecText", StringComparison.Ordinal), $"{path} cut to {cut} of {file.Length}");
                }
                catch (WordVectorFileException e)
                {
                    Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Any_flipped_bit_is_an_error_or_other_numbers()
    {
        using var folder = new TempFolder();
        foreach (var (path, file) in Samples(folder))
        {
            for (int bit = 0; bit < 8 * file.Length; bit += path.EndsWith("FastText", StringComparison.Ordinal) && bit > 1600 ? 7 : 1)
            {
                byte[] flipped = [.. file];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                File.WriteAllBytes(path, flipped);
                try
                {
                    using var vectors = WordVectors.Open(path);
                    Use(vectors);
                }
                catch (WordVectorFileException)
                {
                }
            }
        }
    }

    [Fact]
    public void Giant_counts_in_a_fastText_file_are_refused_before_memory_is_taken()
    {
        using var folder = new TempFolder();
        byte[] file = FastText(folder);
        // fields of four bytes: dimensions, buckets, entries, words, labels; of eight: kept n-grams
        foreach (int at in new[] { 8, 40, 64, 68, 72 })
        {
            foreach (int value in new[] { int.MaxValue, int.MinValue, -1, 1 << 24, 65_536 })
            {
                byte[] wrong = [.. file];
                BinaryPrimitives.WriteInt32LittleEndian(wrong.AsSpan(at), value);
                Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("w", wrong)));
            }
        }
        foreach (long value in new[] { long.MaxValue, long.MinValue, -2, 0, 1L << 40 })
        {
            byte[] wrong = [.. file];
            BinaryPrimitives.WriteInt64LittleEndian(wrong.AsSpan(84), value);
            Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("w", wrong)));
        }
    }

    [Theory]
    [InlineData("new york", WordVectorFormat.Word2VecText, WordVectorFormat.Word2VecBinary, WordVectorFormat.GloVe, WordVectorFormat.FastText)]
    [InlineData("a\u00A0b", WordVectorFormat.Word2VecText, WordVectorFormat.GloVe, WordVectorFormat.FastText)]
    [InlineData("a\u2028b", WordVectorFormat.Word2VecText, WordVectorFormat.GloVe, WordVectorFormat.FastText)]
    [InlineData("a\tb", WordVectorFormat.Word2VecText, WordVectorFormat.GloVe, WordVectorFormat.FastText)]
    [InlineData("a\nb", WordVectorFormat.Word2VecText, WordVectorFormat.Word2VecBinary, WordVectorFormat.GloVe, WordVectorFormat.FastText, WordVectorFormat.Safetensors)]
    [InlineData("a\0b", WordVectorFormat.FastText)]
    public void A_word_that_a_form_cannot_carry_is_named(string word, params WordVectorFormat[] refused)
    {
        using var folder = new TempFolder();
        using var vectors = WordVectors.Create("w", ["first", word], [1, 2, 3, 4], 2);
        foreach (var format in Formats)
        {
            string path = Path.Combine(Directory.CreateDirectory(folder.File(format.ToString())).FullName, "w.safetensors");
            if (refused.Contains(format))
            {
                Assert.Contains("word 1, \"", Assert.Throws<ArgumentException>(() => vectors.Export(path, format)).Message, StringComparison.Ordinal);
                Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!));
                continue;
            }
            vectors.Export(path, format);
            using var read = WordVectors.Open(path);
            Equal(vectors, read, exact: format != WordVectorFormat.Kwv);
        }
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Half_precision_tensors_are_read_from_their_folder(string type)
    {
        using var folder = new TempFolder();
        float[] rows = [0.5f, -2, 1.5f, 3, 1024, 0];
        byte[] data = [.. rows.SelectMany(x => BitConverter.GetBytes(type == "F16" ? BitConverter.HalfToUInt16Bits((Half)x) : (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16)))];
        WriteTensors(folder, $$$"""{"__metadata__":{"format":"pt"},"bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"w":{"dtype":"{{{type}}}","shape":[2,3],"data_offsets":[12,24]}}""", [.. new byte[12], .. data]);
        folder.Write("vocab.txt", "a\r\nnew york\r\n");
        using var vectors = WordVectors.Open(folder.Path);
        Assert.Equal(["a", "new york"], [vectors.Word(0), vectors.Word(1)]);
        Assert.Equal(rows[..3], Vector(vectors, 0));
        Assert.Equal(rows[3..], Vector(vectors, 1));
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""", "aaa\n", "1 words for the 2 rows")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""", "a\nb\nc\n", "beyond the 2 rows")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""", "a\n\nc\n", "empty line")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}}""", "a\nb\n", "do not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,24]}}""", "a\nb\n", "outside")]
    [InlineData("""{"w":{"dtype":"I64","shape":[2,3],"data_offsets":[0,24]}}""", "a\nb\n", "I64")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"v":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""", "a\nb\n", "2 matrices")]
    [InlineData("""{"w":[1]}""", "a\nb\n", "header")]
    [InlineData("""{"w":""", "a\nb\n", "header")]
    public void Wrong_tensors_are_errors(string header, string words, string said)
    {
        using var folder = new TempFolder();
        WriteTensors(folder, header, new byte[24]);
        folder.Write("vocab.txt", words);
        Assert.Contains(said, Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_of_something_else_is_not_overwritten()
    {
        using var folder = new TempFolder();
        folder.Write("vocab.txt", "precious\n");
        using var vectors = WordVectors.Create("w", ["a"], [1], 1);
        Assert.Throws<IOException>(() => vectors.Export(folder.File("w.safetensors"), WordVectorFormat.Safetensors));
        Assert.Equal("precious\n", File.ReadAllText(folder.File("vocab.txt")));
    }

    private static void WriteTensors(TempFolder folder, string header, byte[] data) =>
        folder.Write("model.safetensors", [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data]);

    private static WordVectors Random(Random random, int count, int dimensions)
    {
        var words = new List<string>();
        while (words.Count < count)
        {
            string word = string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (!words.Contains(word)) words.Add(word);
        }
        return WordVectors.Create("w", words, [.. Enumerable.Range(0, count * dimensions).Select(_ => Value())], dimensions);

        float Value() => random.Next(8) switch
        {
            0 => 0,
            1 => random.Next(-3, 4),
            2 => (float)(random.NextDouble() * 1e-7),
            3 => -(float)(random.NextDouble() * 1e17),
            4 => float.Epsilon * random.Next(100),
            _ => (float)(random.NextDouble() - 0.5),
        };
    }

    private static IEnumerable<(string Path, byte[] File)> Samples(TempFolder folder)
    {
        using var vectors = WordVectors.Create("w", ["the", "größe", "日本", "zero"], [0.25f, -1.5f, 3e-5f, 1e10f, 0.1f, 0.3f, 7, 8, 9, 0, 0, 0], 3);
        foreach (var format in Formats)
        {
            string path = Path.Combine(Directory.CreateDirectory(folder.File("f" + format)).FullName, format.ToString());
            if (format != WordVectorFormat.FastText) vectors.Export(path, format);
            else File.WriteAllBytes(path, FastText(folder));
            yield return (path, File.ReadAllBytes(path));
            if (format is not (WordVectorFormat.Word2VecText or WordVectorFormat.Word2VecBinary)) continue;
            Pack(path);
            yield return (path + ".gz", File.ReadAllBytes(path + ".gz"));
        }
    }

    /// <summary>A model with n-grams and an output layer.</summary>
    private static byte[] FastText(TempFolder folder)
    {
        var words = new Kindred.Words.Files.VocabularyBuilder();
        foreach (string word in new[] { "the", "größe", "</s>" }) words.Add(Encoding.UTF8.GetBytes(word));
        var random = new Random(2);
        using var model = new Kindred.Words.FastText.FastTextModel
        {
            Settings = new() { Dimensions = 3, Buckets = 8 },
            Words = words.Build(),
            Counts = [9, 5, 2],
            Labels = ["__label__x"],
            LabelCounts = [4],
            Tokens = 20,
            Input = new(11, 3),
            Output = new(1, 3),
        };
        foreach (var rows in new[] { model.Input, model.Output! })
            for (int i = 0; i < rows.Count; i++)
                foreach (ref float x in rows[i]) x = (float)random.NextDouble();
        Kindred.Words.FastText.FastTextFile.Write(folder.File("made"), model);
        return File.ReadAllBytes(folder.File("made"));
    }

    private static void Use(WordVectors vectors)
    {
        for (int i = 0; i < Math.Min(vectors.Count, 5); i++)
        {
            vectors.Neighbors(vectors.Word(i), 3);
            vectors.TryGetVector(vectors.Word(i) + "s", new float[vectors.Dimensions]);
        }
    }

    private static void Pack(string path)
    {
        using var packed = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Fastest);
        packed.Write(File.ReadAllBytes(path));
    }

    private static byte[] Bytes(ReadOnlySpan<float> values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();

    private static float[] Vector(WordVectors vectors, int index)
    {
        float[] vector = new float[vectors.Dimensions];
        vectors.CopyVector(index, vector);
        return vector;
    }

    private static void Equal(WordVectors expected, WordVectors found, bool exact)
    {
        Assert.Equal((expected.Count, expected.Dimensions), (found.Count, found.Dimensions));
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected.Word(i), found.Word(i));
            if (exact) Assert.Equal(Vector(expected, i), Vector(found, i));
        }
    }
}
