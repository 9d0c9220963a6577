using System.Globalization;
using System.Text;
using CsCheck;

namespace Kindred.Words.Tests.Files;

public class TextVectorsTests
{
    private const string Glove = "the 0.1 -2 1e-05\ncat 1 0.5 .25\ndog -1 +0.5 3.5E1\n";

    [Theory]
    [InlineData(Glove)]
    [InlineData("3 3\n" + Glove)]                                             // word2vec header
    [InlineData("3 3 \nthe 0.1 -2 1e-05 \ncat 1 0.5 .25 \ndog -1 +0.5 3.5E1 ")] // as word2vec.c writes: a space at the end; no last line end
    [InlineData("3\t3\nthe\t0.1\t-2\t1e-05\ncat\t1\t0.5\t.25\ndog\t-1\t+0.5\t3.5E1\n\n\n")]
    [InlineData("\uFEFF" + Glove)]
    public void The_same_vectors_in_every_dress(string text)
    {
        using var folder = new TempFolder();
        foreach (string path in new[]
        {
            folder.Write("glove.txt", text), folder.Write("wrong.kwv", text), folder.Write("crlf.vec", text.Replace("\n", "\r\n", StringComparison.Ordinal)),
            folder.WritePacked("packed.txt.gz", text), folder.WritePacked("packed", text),
        })
        {
            using var vectors = WordVectors.Open(path);
            Assert.Equal((3, 3), (vectors.Count, vectors.Dimensions));
            Assert.Equal(["the", "cat", "dog"], Enumerable.Range(0, 3).Select(vectors.Word));
            Assert.Equal([0.1f, -2f, 1e-05f], Vector(vectors, "the"));
            Assert.Equal([1f, 0.5f, 0.25f], Vector(vectors, "cat"));
            Assert.Equal([-1f, 0.5f, 35f], Vector(vectors, "dog"));
            Assert.Equal(32, vectors.Fingerprint.Length);
        }
    }

    [Fact]
    public void The_name_is_the_files_without_its_endings()
    {
        using var folder = new TempFolder();
        foreach (string name in new[] { "my.words.txt", "my.words.vec.gz", "my.words" })
        {
            using var vectors = WordVectors.Open(folder.Write(name, Glove.Replace("\r", "", StringComparison.Ordinal)));
            Assert.Equal("my.words", vectors.Name);
        }
    }

    [Fact]
    public void A_fingerprint_is_of_the_content()
    {
        using var folder = new TempFolder();
        string Print(string text)
        {
            using var vectors = WordVectors.Open(folder.Write("f", text));
            return vectors.Fingerprint;
        }
        string[] different = [Glove, "cat 0.1 -2 1e-05\nthe 1 0.5 .25\ndog -1 +0.5 3.5E1\n", "the 0.1 -2 1e-05\ncat 1 0.5 .26\ndog -1 +0.5 3.5E1\n", "the 0.1 -2 1e-05\ncats 1 0.5 .25\ndog -1 +0.5 3.5E1\n"];
        Assert.Equal(4, different.Select(Print).Distinct().Count());
        Assert.Equal(Print(Glove), Print("3 3\r\n" + Glove.Replace("\n", "\r\n", StringComparison.Ordinal)));
    }

    [Fact]   // field case 34
    public void Words_that_hold_spaces_are_split_from_the_right()
    {
        using var folder = new TempFolder();
        string text = ". . . 0.1 0.2\nnew york 0.3 0.4\ncat 0.5 0.6\n\u00A0 0.7 0.8\n  0.9 1\nin 1999 0.5 2\n1999 0.25 0.5\n7up 1 2\n";
        foreach (string content in new[] { text, "8 2\n" + text })
        {
            using var vectors = WordVectors.Open(folder.Write("spaces.txt", content));
            Assert.Equal([". . .", "new york", "cat", "\u00A0", " ", "in 1999", "1999", "7up"], Enumerable.Range(0, 8).Select(vectors.Word));
            Assert.Equal([0.3f, 0.4f], Vector(vectors, "new york"));
            vectors.Save(folder.File("spaces.kwv"));
            using var again = WordVectors.Open(folder.File("spaces.kwv"));
            Assert.Equal(Enumerable.Range(0, 8).Select(vectors.Word), Enumerable.Range(0, 8).Select(again.Word));
        }
    }

    [Fact]
    public void Of_a_word_that_comes_twice_the_first_is_kept()
    {
        using var folder = new TempFolder();
        using var vectors = WordVectors.Open(folder.Write("twice.txt", "3 1\na 1\nb 2\na 3\n"));
        Assert.Equal(2, vectors.Count);
        Assert.Equal([1f], Vector(vectors, "a"));
    }

    [Fact]   // field case 32
    public void A_row_of_zeros_counts_as_nothing()
    {
        using var folder = new TempFolder();
        using var text = WordVectors.Open(folder.Write("zero.txt", "4 2\nking 1 0\nnothing 0 0\nqueen 0.9 0.1\nking's 0.8 0.4\n"));
        text.Save(folder.File("zero.kwv"));
        using var mapped = WordVectors.Open(folder.File("zero.kwv"));
        foreach (var vectors in new[] { text, mapped })
        {
            Assert.Equal(4, vectors.Count);
            Assert.Equal([0f, 0f], Vector(vectors, "nothing"));
            Assert.Equal(0, vectors.Similarity("king", "nothing"));
            Assert.Equal(0, vectors.Similarity("nothing", "nothing"));
            Assert.Equal(["queen", "king's"], vectors.Neighbors("king", 10).Select(hit => hit.Word));
            Assert.Empty(vectors.Neighbors("nothing", 10));
            Assert.Equal(vectors.Neighbors("king", 10).Select(hit => hit.Word), vectors.Analogy(["king", "nothing"], [], 10).Select(hit => hit.Word));
            Assert.Empty(vectors.Analogy(["king"], ["king"], 3));
        }
    }

    [Theory]
    [InlineData("", null, "the file is empty")]
    [InlineData("\n\n", null, "the file is empty")]
    [InlineData("4 3\n" + Glove, 1, "the header says 4 words, 3 rows follow")]
    [InlineData("2 3\n" + Glove, 4, "a row beyond the 2")]
    [InlineData("3 4\n" + Glove, 2, "3 numbers at the end of the row where 4 are due")]
    [InlineData("5 100\n", 1, "the header says 5 words, no row follows")]            // field case 35
    [InlineData("0 0\n", 1, "0 dimensions")]
    [InlineData("9 99999999\nthe 1 2\n", 1, "99999999 dimensions")]
    [InlineData("a 1 2\nb 1\nc 3 4\n", 2, "1 numbers at the end of the row where 2 are due")]
    [InlineData("a 1 2\nb 1 2 3\nc 3 4\n", 2, "more than 2 numbers")]
    [InlineData("a .1 .2\nb .1 .2 .3\nc .3 .4\n", 2, "more than 2 numbers")]
    [InlineData("a 1 2\nb 1 x\nc 3 4\n", 2, "\"x\" is no number")]
    [InlineData("a 1 2\nb 1 NaN\nc 3 4\n", 2, "component 1 is \"NaN\"")]
    [InlineData("a 1 2\nb -Infinity 1\nc 3 4\n", 2, "component 0 is \"-Infinity\"")]
    [InlineData("a 1 2\nb 1e39 1\nc 3 4\n", 2, "component 0 is \"1e39\"")]           // field case 16
    [InlineData("a 1 2\nb 1e30 1\nc 3 4\n", 2, "beyond 1e18")]
    [InlineData("a 1 2\nb 1,5 1\nc 3 4\n", 2, "\"1,5\" is no number")]
    [InlineData("a 1 2\n\nc 3 4\n", 2, "a blank line")]
    [InlineData("a 1 2\n 3 4\nc 3 4\n", 2, "nothing before the numbers")]
    [InlineData("a 1 2\n3 4\nc 3 4\n", 2, "2 numbers and no word")]
    [InlineData("word\n", 1, "no word followed by numbers")]
    [InlineData("{\"json\": [1, 2]}\n", 1, "no word followed by numbers")]
    public void A_broken_file_is_refused_by_line(string text, int? line, string what)
    {
        using var folder = new TempFolder();
        foreach (string path in new[] { folder.Write("bad.txt", text), folder.WritePacked("bad.gz", text) })
        {
            var error = Assert.Throws<WordVectorFileException>(() => WordVectors.Open(path));
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
            Assert.Equal(line, error.Line);
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void A_header_of_no_words_is_an_empty_vocabulary()
    {
        using var folder = new TempFolder();
        using var vectors = WordVectors.Open(folder.Write("none.vec", "0 100\n"));
        Assert.Equal((0, 100), (vectors.Count, vectors.Dimensions));
        Assert.False(vectors.TryFind("king", out _));
        Assert.Empty(Assert.Throws<UnknownWordException>(() => vectors.Neighbors("king", 5)).Suggestions);
    }

    [Fact]
    public void Other_files_are_refused()
    {
        using var folder = new TempFolder();
        Assert.Throws<FileNotFoundException>(() => WordVectors.Open(folder.File("absent")));
        Assert.Contains("folder", Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("longer than", Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("long", new byte[10_000_000]))).Message, StringComparison.Ordinal);
        Assert.Contains("UTF-8", Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("latin", [.. "caf"u8, 0xE9, .. " 1 2\n"u8]))).Message, StringComparison.Ordinal);

        using var made = WordVectors.Create("x", ["a"], [1f], 1);
        made.Save(folder.File("x.kwv"));
        using (var packed = new System.IO.Compression.GZipStream(File.Create(folder.File("x.kwv.gz")), System.IO.Compression.CompressionLevel.Fastest))
            packed.Write(File.ReadAllBytes(folder.File("x.kwv")));
        Assert.Contains("unpack", Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.File("x.kwv.gz"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_packed_file_that_is_cut_or_damaged_is_refused()
    {
        using var folder = new TempFolder();
        var random = new Random(1);
        string text = string.Concat(Enumerable.Range(0, 300).Select(i => $"w{i} {random.NextDouble():F5} {random.NextDouble():F5}\n"));
        byte[] good = File.ReadAllBytes(folder.WritePacked("good.gz", text));
        using (var vectors = WordVectors.Open(folder.File("good.gz"))) Assert.Equal(300, vectors.Count);
        for (int length = 3; length < good.Length; length++)
            Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("cut.gz", good[..length])));
        using (var twice = WordVectors.Open(folder.Write("members.gz", [.. good, .. File.ReadAllBytes(folder.WritePacked("more", "x 1 2\n"))]))) Assert.Equal(301, twice.Count);
        for (int at = 20; at < good.Length - 8; at += 11)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x10;
            Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("bad.gz", bad)));
        }
    }

    [Fact]
    public void Any_bytes_give_a_value_or_the_one_exception()
    {
        using var folder = new TempFolder();
        byte[] good = Encoding.UTF8.GetBytes("3 3\n" + Glove);
        string[] parts = ["a", "\u00A0", "1", "-1", ".5", "1e5", " ", " ", "\t", "\n", "\r\n", "nan", "2", "+"];
        for (int length = 0; length < good.Length; length++) Try(good[..length]);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Array[1, 5].Sample(changes =>
        {
            byte[] bad = [.. good];
            foreach (var (at, value) in changes) bad[at] = value;
            Try(bad);
        }, iter: 2000, threads: 1);
        Gen.Int[0, parts.Length - 1].Select(i => parts[i]).Array[0, 30].Sample(some =>
            Try(Encoding.UTF8.GetBytes(string.Concat(some))), iter: 3000, threads: 1);

        void Try(byte[] bytes)
        {
            try
            {
                using var vectors = WordVectors.Open(folder.Write("any", bytes));
                for (int i = 0; i < vectors.Count; i++) Assert.All(Vector(vectors, vectors.Word(i)), x => Assert.True(float.IsFinite(x)));
            }
            catch (WordVectorFileException)
            {
            }
        }
    }

    [Fact]   // the answer of a second reader: split at line ends and spaces, parse with double
    public void Written_by_the_plain_rule_any_vectors_come_back()
    {
        Gen.Select(Gen.Int[2, 30], Gen.Int[1, 150], Gen.Bool, Gen.Int[0, int.MaxValue]).Sample((dimensions, count, header, seed) =>
        {
            using var folder = new TempFolder();
            var random = new Random(seed);
            float[] rows = [.. Enumerable.Range(0, count * dimensions).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 3))))];
            var text = new StringBuilder(header ? $"{count} {dimensions}\n" : "");
            for (int i = 0; i < count; i++)
                text.Append(CultureInfo.InvariantCulture, $"w{i} ").AppendJoin(' ', rows.Skip(i * dimensions).Take(dimensions).Select(x => x.ToString(CultureInfo.InvariantCulture))).Append('\n');
            using var vectors = WordVectors.Open(folder.Write("t", text.ToString()));
            Assert.Equal((count, dimensions), (vectors.Count, vectors.Dimensions));
            for (int i = 0; i < count; i++) Assert.Equal(rows.Skip(i * dimensions).Take(dimensions), Vector(vectors, $"w{i}"));
        }, iter: 40);
    }

    [Fact]   // field case 40
    public void A_decimal_comma_of_the_culture_changes_nothing()
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator, comma.NumberFormat.NegativeSign) = (",", ".", "~");
        try
        {
            CultureInfo.CurrentCulture = comma;
            using var folder = new TempFolder();
            using var vectors = WordVectors.Open(folder.Write("glove.txt", Glove));
            Assert.Equal([0.1f, -2f, 1e-05f], Vector(vectors, "the"));
            var error = Assert.Throws<WordVectorFileException>(() => WordVectors.Open(folder.Write("bad.txt", Glove + "x 0,5 1 1\n")));
            Assert.Contains("line 4:", error.Message, StringComparison.Ordinal);
            Assert.True(vectors.TryFind("DOG", out int index));
            Assert.Equal(2, index);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static float[] Vector(WordVectors vectors, string word)
    {
        Assert.True(vectors.TryFind(word, out int index), word);
        float[] vector = new float[vectors.Dimensions];
        vectors.CopyVector(index, vector);
        return vector;
    }
}
