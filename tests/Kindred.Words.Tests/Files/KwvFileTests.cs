using System.Buffers.Binary;
using System.IO.Hashing;
using CsCheck;

namespace Kindred.Words.Tests.Files;

public class KwvFileTests
{
    private static readonly string[] Words = ["the", "cat", "dog", "café", "new york", "\u00A0", "日本", "🙂", "Dog"];

    private static readonly uint[] Telling = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FC00000];

    [Fact]
    public void What_is_written_comes_back()
    {
        Gen.Select(Gen.Int[1, 70], Gen.Int[0, 40], Gen.Int[0, int.MaxValue]).Sample((dimensions, count, seed) =>
        {
            using var folder = new TempFolder();
            var random = new Random(seed);
            string[] words = [.. Enumerable.Range(0, count).Select(i => $"{(char)('a' + (i % 26))}{i}é")];
            float[] rows = [.. Enumerable.Range(0, count * dimensions).Select(_ => (float)((random.NextDouble() * 20) - 10))];
            using var made = WordVectors.Create("tiny", words, rows, dimensions);
            made.Save(folder.File("a.kwv"));
            using var opened = WordVectors.Open(folder.File("a.kwv"));
            Assert.Equal(("tiny", count, dimensions), (opened.Name, opened.Count, opened.Dimensions));
            float[] vector = new float[dimensions];
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(words[i], opened.Word(i));
                Assert.True(opened.TryFind(words[i], out int index));
                Assert.Equal(i, index);
                opened.CopyVector(i, vector);
                var row = rows.AsSpan(i * dimensions, dimensions).ToArray();
                // the norm is kept; each component is off by half a level, and by what the kept norm adds
                Assert.Equal(1, Norm(vector) / Norm(row), 1e-5);
                double level = row.Max(Math.Abs) / 127.0;
                for (int j = 0; j < dimensions; j++) Assert.InRange(vector[j] - row[j], -level * (1 + Math.Sqrt(dimensions) / 2), level * (1 + Math.Sqrt(dimensions) / 2));
            }
            Assert.False(opened.TryFind("absent", out int none));
            Assert.Equal(-1, none);

            opened.Save(folder.File("b.kwv"));   // int8 rows are kept as they are
            Assert.Equal(File.ReadAllBytes(folder.File("a.kwv")), File.ReadAllBytes(folder.File("b.kwv")));
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);   // nothing is left beside them
        }, iter: 60);
    }

    [Fact]
    public void Int8_cosine_stays_within_the_bound_of_two_quantised_rows()
    {
        Gen.Select(Gen.Int[2, 120], Gen.Int[0, int.MaxValue]).Sample((dimensions, seed) =>
        {
            using var folder = new TempFolder();
            var random = new Random(seed);
            float[] rows = [.. Enumerable.Range(0, 2 * dimensions).Select(_ => (float)(random.NextDouble() - random.NextDouble()))];
            using var exact = WordVectors.Create("exact", ["a", "b"], rows, dimensions);
            exact.Save(folder.File("a.kwv"));
            using var coarse = WordVectors.Open(folder.File("a.kwv"));
            double bound = Angle(rows[..dimensions]) + Angle(rows[dimensions..]);
            Assert.InRange(coarse.Similarity("a", "b") - exact.Similarity("a", "b"), -bound - 1e-6, bound + 1e-6);
        }, iter: 200);

        static double Angle(float[] x) => Math.Asin(Math.Min(1, Math.Sqrt(x.Length) * x.Max(Math.Abs) / (254 * Norm(x))));
    }

    [Fact]
    public void Equal_vectors_make_equal_files()
    {
        using var folder = new TempFolder();
        byte[] first = Good(folder), second = Good(folder);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Every_cut_and_every_longer_file_is_refused()
    {
        using var folder = new TempFolder();
        byte[] good = Good(folder);
        for (int length = 8; length < good.Length; length++) Refused(folder, good[..length]);
        Refused(folder, [.. good, 0]);
        Refused(folder, []);
        Refused(folder, [.. good, .. new byte[100_000]]);
    }

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        using var folder = new TempFolder();
        byte[] good = Good(folder);
        for (int bit = 0; bit < 8 * good.Length; bit++)
        {
            good[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(folder, good);
            good[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        using var whole = WordVectors.Open(folder.Write("x", good));
        Assert.Equal(Words.Length, whole.Count);
    }

    [Fact]
    public void Flipped_bits_under_a_forged_checksum_give_a_value_or_the_one_exception()
    {
        using var folder = new TempFolder();
        byte[] good = Good(folder);
        int opened = 0, refused = 0;
        for (int bit = 8 * 8; bit < 8 * good.Length; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            if (UseForged(folder, bad)) opened++;
            else refused++;
        }
        Assert.True(opened > 100 && refused > 1000, $"{opened} opened, {refused} refused");
    }

    [Fact]
    public void Any_numbers_under_a_forged_checksum_give_a_value_or_the_one_exception()
    {
        using var folder = new TempFolder();
        byte[] good = Good(folder);
        Gen.Select(Gen.Int[2, (good.Length / 4) - 1], Gen.OneOf(Gen.UInt, Gen.Int[0, 5].Select(i => Telling[i]))).Array[1, 4].Sample(changes =>
        {
            byte[] bad = [.. good];
            foreach (var (at, value) in changes) BinaryPrimitives.WriteUInt32LittleEndian(bad.AsSpan(4 * at), value);
            UseForged(folder, bad);
        }, iter: 3000, threads: 1);
    }

    [Theory]
    [InlineData(8, 2u, "version")]
    [InlineData(12, 100u, "header length")]
    [InlineData(16, 0xFFFFFFFFu, "count")]
    [InlineData(20, 0u, "dimensions")]
    [InlineData(20, 0x80000000u, "dimensions")]
    [InlineData(24, 8u, "slots")]
    [InlineData(28, 1u, "reserved")]
    [InlineData(32, 5u, "file length")]
    [InlineData(40, 0xFFFFFFFFu, "offset of scales")]
    [InlineData(48, 0u, "offset of rows")]
    [InlineData(56, 1u, "offset of word offsets")]
    [InlineData(64, 0xFFFFFFF0u, "offset of words")]
    [InlineData(72, 3u, "offset of table")]
    [InlineData(84, 0x7FFFFFFFu, "word bytes")]
    [InlineData(88, 0xFFFFFFFFu, "name")]
    public void A_forged_header_is_refused_by_byte_and_field(int at, uint value, string field)
    {
        using var folder = new TempFolder();
        byte[] bad = Good(folder);
        BinaryPrimitives.WriteUInt32LittleEndian(bad.AsSpan(at), value);
        string path = folder.Write("bad.kwv", Reseal(bad));
        var error = Assert.Throws<WordVectorFileException>(() => WordVectors.Open(path));
        Assert.Equal(path, error.Path);
        Assert.Equal(at == 84 ? 80 : at, error.Offset);
        Assert.StartsWith($"{path}, byte {error.Offset}: {field}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_write_leaves_nothing()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("taken.kwv"));
        using var vectors = WordVectors.Create("x", ["a"], [1f], 1);
        Assert.ThrowsAny<Exception>(() => vectors.Save(folder.File("taken.kwv")));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_file_may_be_replaced_while_it_is_open()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a mapped file cannot be replaced there");
        using var folder = new TempFolder();
        Good(folder);
        using var old = WordVectors.Open(folder.File("good.kwv"));
        float before = old.Similarity("cat", "dog");
        using var other = WordVectors.Create("x", ["a"], [1f], 1);
        other.Save(folder.File("good.kwv"));
        Assert.Equal(before, old.Similarity("cat", "dog"));
        using var replaced = WordVectors.Open(folder.File("good.kwv"));
        Assert.Equal(1, replaced.Count);
    }

    [Fact]
    public void A_long_name_is_cut_between_characters()
    {
        using var folder = new TempFolder();
        using var vectors = WordVectors.Create(new string('é', 39) + "a🙂", ["a"], [1f], 1);
        vectors.Save(folder.File("n.kwv"));
        using var opened = WordVectors.Open(folder.File("n.kwv"));
        Assert.Equal(new string('é', 39) + "a", opened.Name);
    }

    private static byte[] Good(TempFolder folder)
    {
        var random = new Random(5);
        using var vectors = WordVectors.Create("good", Words, [.. Enumerable.Range(0, Words.Length * 5).Select(_ => (float)(random.NextDouble() - 0.5))], 5);
        vectors.Save(folder.File("good.kwv"));
        return File.ReadAllBytes(folder.File("good.kwv"));
    }

    private static byte[] Reseal(byte[] file)
    {
        BinaryPrimitives.WriteUInt128BigEndian(file.AsSpan(168), XxHash128.HashToUInt128(file.AsSpan(192)));
        BinaryPrimitives.WriteUInt64BigEndian(file.AsSpan(184), XxHash3.HashToUInt64(file.AsSpan(0, 184)));
        return file;
    }

    private static void Refused(TempFolder folder, byte[] bytes)
    {
        string path = folder.Write("bad.kwv", bytes);
        var error = Assert.Throws<WordVectorFileException>(() => WordVectors.Open(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Opens a forged file and, where it opens, calls everything.</summary>
    private static bool UseForged(TempFolder folder, byte[] bytes)
    {
        WordVectors vectors;
        try
        {
            vectors = WordVectors.Open(folder.Write("forged.kwv", Reseal(bytes)));
        }
        catch (WordVectorFileException)
        {
            return false;
        }
        using (vectors)
        {
            float[] vector = new float[vectors.Dimensions];
            for (int i = 0; i < vectors.Count; i++)
            {
                string word = vectors.Word(i);
                vectors.CopyVector(i, vector);
                vectors.TryFind(word, out _);
                vectors.Suggest(word, 3);
                Assert.DoesNotContain('\uFFFD', word);
                if (!vectors.TryFind(word, out _)) continue;
                Assert.InRange(vectors.Similarity(word, word), 0, 1);
                Assert.All(vectors.Neighbors(word, 100), hit => Assert.InRange(hit.Score, -1, 1));
            }
        }
        return true;
    }

    private static double Norm(float[] x) => Math.Sqrt(x.Sum(v => (double)v * v));
}
