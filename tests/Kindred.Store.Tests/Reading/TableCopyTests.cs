using System.IO.Compression;
using System.Text;
using Kindred.Store.Reading;

namespace Kindred.Store.Tests.Reading;

public class TableCopyTests
{
    [Theory]
    [InlineData("t.csv", "\uFEFFtext;n\r\n\"a \"\"b\"\";\nc\";1\r\n\r\nd;2\r\ne;3", "text;n\r\n\"a \"\"b\"\";\nc\";1\r\n\r\ne;3")]
    [InlineData("t.tsv", "n\ttext\n1\ta\n2\t\"b\n3\tc\n", "n\ttext\n1\ta\n3\tc\n")]
    [InlineData("t.jsonl", "\n{\"text\":\"a\",\"n\":1.50}\n\n{\"text\":\"b\"}\n{\"text\":\"c\",\"deep\":{\"x\":null}}\n", "\n{\"text\":\"a\",\"n\":1.50}\n\n{\"text\":\"c\",\"deep\":{\"x\":null}}\n")]
    [InlineData("t.txt", "a\n\nc\n", "a\nc\n")]
    public void All_but_the_second_row(string name, string content, string expected)
    {
        using var folder = new TempFolder();
        string source = Path.Combine(folder.Root, name), copy = Path.Combine(folder.Root, "copy-" + name);
        File.WriteAllText(source, content);
        TableCopy.Write(source, copy, number => number != 2, TestContext.Current.CancellationToken);
        Assert.Equal(expected, File.ReadAllText(copy));

        // packed, and over itself
        using (var zipped = new GZipStream(File.Create(source + ".gz"), CompressionMode.Compress)) zipped.Write(Encoding.UTF8.GetBytes(content));
        TableCopy.Write(source + ".gz", source + ".gz", number => number != 2, TestContext.Current.CancellationToken);
        using var unpacked = new StreamReader(new GZipStream(File.OpenRead(source + ".gz"), CompressionMode.Decompress));
        Assert.Equal(expected, unpacked.ReadToEnd());
        Assert.Equal(3, Directory.GetFiles(folder.Root).Length);
    }

    [Fact]
    public void Nothing_is_left_of_a_copy_that_fails()
    {
        using var folder = new TempFolder();
        string source = Path.Combine(folder.Root, "t.csv"), copy = Path.Combine(folder.Root, "c.csv");
        File.WriteAllText(source, "text\na\n\"open\n");
        Assert.Contains("line 3", Assert.Throws<UnreadableDocumentException>(() => TableCopy.Write(source, copy, _ => true, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Equal([source], Directory.GetFiles(folder.Root));
    }
}
