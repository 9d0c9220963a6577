using System.IO.Compression;
using System.Text;
using Kindred.Words.Corpora;

namespace Kindred.Words.Tests.Corpora;

public class EncodedCorpusTests
{
    private const string Text = "the cat sat on the mat\nthe dog sat\n\nrare\nthe cat\n";

    [Fact]
    public void Words_come_by_count_then_as_they_came_and_lines_keep_their_ends()
    {
        using var corpus = Read(new Corpus(new MemoryStream(Encoding.UTF8.GetBytes(Text))), 2);
        Assert.Equal(["the", "cat", "sat"], Words(corpus));
        Assert.Equal([4, 2, 2], corpus.Counts);
        Assert.Equal(8, corpus.Tokens);
        Assert.Equal([0, 1, 2, 0, -1, 0, 2, -1, -1, 0, 1, -1], Places(corpus));
    }

    [Fact]
    public void A_file_a_packed_file_and_a_folder_of_both_read_alike()
    {
        using var folder = new TempFolder();
        string plain = folder.File("a.txt"), packed = folder.File("b.txt.gz");
        File.WriteAllText(plain, Text);
        using (var zip = new GZipStream(File.Create(packed), CompressionLevel.Fastest)) zip.Write(Encoding.UTF8.GetBytes(Text));
        using var one = Read(new Corpus(plain), 1);
        using var two = Read(new Corpus(packed), 1);
        using var both = Read(new Corpus(Path.GetDirectoryName(plain)!), 1);
        Assert.Equal(Places(one), Places(two));
        Assert.Equal(Places(one).Concat(Places(one)), Places(both));
        Directory.CreateSymbolicLink(folder.File("again"), Path.GetDirectoryName(plain)!);   // a loop, which is not followed
        using var looped = Read(new Corpus(Path.GetDirectoryName(plain)!), 1);
        Assert.Equal(Places(both), Places(looped));
        File.WriteAllBytes(packed, File.ReadAllBytes(packed)[..^9]);
        Assert.ThrowsAny<IOException>(() => Read(new Corpus(packed), 1)).Message.Contains(packed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no text")]
    [InlineData("two words", "comes 1")]
    public void Too_little_text_is_told(string text, string expected)
    {
        var e = Assert.Throws<WordTrainingException>(() => Read(new Corpus(new MemoryStream(Encoding.UTF8.GetBytes(text))), 5));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_line_is_cut_and_blocks_hold_all_tokens()
    {
        string text = string.Join(' ', Enumerable.Range(0, 100_000).Select(i => $"w{i % 7}"));
        using var corpus = Read(new Corpus(new MemoryStream(Encoding.UTF8.GetBytes(text))), 1);
        Assert.True(corpus.Blocks > 1);
        Assert.Equal(Enumerable.Range(0, 100_000).Select(i => i % 7), Places(corpus).Where(p => p >= 0));
        Assert.Equal(11, Places(corpus).Count(p => p < 0));   // ten cuts and the end
    }

    [Fact]
    public void The_counter_forgets_the_rarest_when_full()
    {
        var counter = new WordCounter(most: 100);
        for (int i = 0; i < 1000; i++)
        {
            counter.Count("often"u8);
            counter.Count(Encoding.UTF8.GetBytes($"once{i}"));
        }
        var (words, counts, places) = counter.Result(2, []);
        Assert.Equal("often", words.Word(0));
        Assert.Equal([1000], counts);
        Assert.Equal(1001, places.Length);
        Assert.Equal(0, places[0]);
        Assert.All(places.Skip(1), place => Assert.Equal(-1, place));
    }

    private static EncodedCorpus Read(Corpus corpus, int minCount) => EncodedCorpus.Read(corpus, minCount, [], null, TestContext.Current.CancellationToken);

    private static List<string> Words(EncodedCorpus corpus) => [.. Enumerable.Range(0, corpus.Words.Count).Select(corpus.Words.Word)];

    private static List<int> Places(EncodedCorpus corpus)
    {
        int[] places = new int[EncodedCorpus.LongestBlock];
        return [.. Enumerable.Range(0, corpus.Blocks).SelectMany(block => places[..corpus.ReadBlock(block, places)])];
    }
}
