using System.IO.Compression;
using System.Text;
using Kindred.Store.Reading;

namespace Kindred.Store.Tests.Reading;

public sealed class TableReaderTests
{
    private static List<string[]> Rows(TableReader reader) => [.. reader.Rows(TestContext.Current.CancellationToken).Select(r => r.Values.ToArray())];

    [Theory, InlineData("t.csv"), InlineData("t.csv.gz")]
    public void A_table_is_read_packed_or_not(string name)
    {
        using var temp = new TempFolder();
        byte[] bytes = Encoding.UTF8.GetBytes("text,label\r\n\"a \"\"b\"\",\r\nc\",x\r\nü,y\r\n");
        if (name.EndsWith("gz", StringComparison.Ordinal))
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(bytes);
            bytes = packed.ToArray();
        }
        string path = Path.Combine(temp.Root, name);
        File.WriteAllBytes(path, bytes);
        using var reader = TableReader.Open(path);
        Assert.Equal((TableFormat.Csv, 1), (reader.Format, reader.Column("label")));
        Assert.Equal(["text", "label"], reader.Columns);
        var rows = reader.Rows(TestContext.Current.CancellationToken).ToList();
        Assert.Equal([(1L, 2L, "a \"b\",\r\nc"), (2L, 4L, "ü")], rows.Select(r => (r.Number, r.Line, r.Values[0])));
        Assert.Throws<InvalidOperationException>(() => Rows(reader));

        if (!name.EndsWith("gz", StringComparison.Ordinal)) return;
        // as a tape pads it
        File.WriteAllBytes(path, [.. bytes, .. new byte[512]]);
        using (var padded = TableReader.Open(path)) Assert.Equal(2, Rows(padded).Count);

        // no cut of the packed file passes for a shorter table
        for (int cut = 2; cut < bytes.Length; cut++)
        {
            File.WriteAllBytes(path, bytes[..cut]);
            var error = Assert.Throws<UnreadableDocumentException>(() =>
            {
                using var part = TableReader.Open(path, TableFormat.Csv);
                Rows(part);
            });
            Assert.Equal(path, error.Path);
            Assert.Contains("gzip data is cut off or damaged", error.Reason, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("t.csv", "a,b\n1,2\n3\n4,5,6\n7,8\n", "1 field where the header has 2", "3 fields where the header has 2")]
    [InlineData("t.jsonl", "{\"a\":1,\"b\":2}\n{\"a\":3,\n{\"a\":4,\"a\":5}\n{\"a\":7,\"b\":8}\n", "not valid JSON", "stands there twice")]
    public void What_is_no_row_does_not_end_the_others_where_somebody_receives_it(string name, string text, string second, string third)
    {
        using var temp = new TempFolder();
        var told = new List<(long Row, string Problem)>();
        using (var reader = TableReader.Open(temp.File(name, text)))
            Assert.Equal([(1, "1 2"), (4, "7 8")], reader.Rows((row, problem) => told.Add((row, problem)), TestContext.Current.CancellationToken).Select(r => (r.Number, string.Join(' ', r.Values))));
        Assert.Equal([2, 3], told.Select(t => t.Row));
        Assert.Contains(second, told[0].Problem, StringComparison.Ordinal);
        Assert.Contains(third, told[1].Problem, StringComparison.Ordinal);
        using var strict = TableReader.Open(temp.File(name, text));
        Assert.Contains(second, Assert.Throws<UnreadableDocumentException>(() => Rows(strict)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_that_the_first_object_of_a_file_lacks_are_columns()
    {
        using var temp = new TempFolder();
        const string Text = "{\"a\":1}\n\n{\"z\":2,\"z\":3}\n{\"label\":\"x\",\"a\":4}\n";
        using (var file = TableReader.Open(temp.File("t.jsonl", Text)))
        {
            Assert.Equal(["a", "label"], file.Columns);
            Assert.Equal([(1, "1,"), (3, "4,x")], file.Rows((_, _) => { }, TestContext.Current.CancellationToken).Select(r => (r.Number, string.Join(',', r.Values.Take(2)))));
        }

        using var many = TableReader.Open(temp.File("m.jsonl", string.Concat(Enumerable.Range(0, 300).Select(i => $"{{\"a{i}\":1}}\n"))));
        Assert.InRange(many.Columns.Count, 100, 101);
        Assert.Equal(300, Rows(many).Count);
        Assert.Equal(300, many.Columns.Count);
    }

    [Fact]
    public void A_first_row_that_is_torn_is_told_as_any_other()
    {
        using var temp = new TempFolder();
        string path = temp.File("t.jsonl", "{\"c\":1,\"c\n{\"a\":7,\"b\":8}\n");
        var told = new List<long>();
        using (var reader = TableReader.Open(path))
        {
            Assert.Equal(["a", "b"], reader.Columns);
            Assert.Equal((2, "7 8"), Assert.Single(reader.Rows((row, _) => told.Add(row), TestContext.Current.CancellationToken).Select(r => (r.Number, string.Join(' ', r.Values)))));
        }

        Assert.Equal([1], told);
        using (var strict = TableReader.Open(path)) Assert.StartsWith("line 1: not valid JSON", Assert.Throws<UnreadableDocumentException>(() => Rows(strict)).Reason, StringComparison.Ordinal);
        Assert.StartsWith("line 1: not valid JSON", Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(temp.File("u.jsonl", "{\n\"a\": 1\n}\n"))).Reason, StringComparison.Ordinal);
    }

    [Theory, InlineData("t.csv"), InlineData("t.txt"), InlineData("t.jsonl"), InlineData("t.tsv.gz"), InlineData("t")]
    public void What_is_no_text_is_no_table(string name)
    {
        using var temp = new TempFolder();
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = archive.CreateEntry("t.csv").Open())
            entry.Write([.. Enumerable.Range(0, 4000).Select(i => (byte)(i * i * 7 >> 3))]);
        byte[] picture = [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 0x0D, .. "IHDR"u8, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0];
        byte[] vectors = [0x93, .. "NUMPY"u8, 1, 0, 0x76, 0, .. Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }".PadRight(117) + "\n"), .. new byte[32]];
        string path = Path.Combine(temp.Root, name);
        foreach (byte[] bytes in (byte[][])[zip.ToArray(), picture, vectors])
        {
            using (var file = File.Create(path))
            using (Stream packed = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file)
                packed.Write(bytes);
            var error = Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(path));
            Assert.Equal((path, "binary, not text"), (error.Path, error.Reason));
        }
    }

    [Fact]
    public void Two_bytes_a_letter_are_read_with_a_mark_or_without()
    {
        using var temp = new TempFolder();
        string path = Path.Combine(temp.Root, "t.csv");
        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            foreach (byte[] mark in (byte[][])[encoding.GetPreamble(), []])
            {
                File.WriteAllBytes(path, [.. mark, .. encoding.GetBytes("text,label\nthe café opens at eight,a\n")]);
                using var reader = TableReader.Open(path);
                Assert.Equal(["text", "label"], reader.Columns);
                Assert.Equal([["the café opens at eight", "a"]], Rows(reader));
            }

            // a pipe may give half a letter
            using var pieces = TableReader.Open(new Pieces(encoding.GetBytes("text,label\nthe café opens at eight,a\n")), "standard input");
            Assert.Equal([["the café opens at eight", "a"]], Rows(pieces));
        }
    }

    [Fact]
    public void Two_columns_of_one_name_are_refused()
    {
        using var temp = new TempFolder();
        Assert.Equal("columns 2 and 4 are both called 'x': give each a name of its own", Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(temp.File("t.csv", "a,x,b, x \n1,2,3,4\n"))).Reason);
        Assert.Equal("columns 1 and 3 are both called '5': the line with the columns' names looks missing: put one on top", Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(temp.File("t.csv", "5,a,5\n1,b,3\n"))).Reason);
        Assert.Equal("columns 1 and 2 are both called 'x': give each a name of its own", Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(temp.File("t.tsv", "x\tx\n1\t2\n"))).Reason);
        using (var other = TableReader.Open(temp.File("t.csv", "Text,,text,\n1,2,3,4\n")))
        {
            Assert.Equal(["Text", "column 2", "text", "column 4"], other.Columns);
            Assert.Equal((2, 0), (other.Column("text"), other.Column("Text")));
        }

        using var lines = TableReader.Open(temp.File("t.jsonl", "{\"x\":1,\"y\":2}\n{\"x\":1,\"y\":2,\"x\":3}\n"));
        Assert.Equal("line 2: 'x' stands there twice", Assert.Throws<UnreadableDocumentException>(() => Rows(lines)).Reason);
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n", TableFormat.Jsonl)]
    [InlineData("\n\n{\"text\":\"a\"}\n", TableFormat.Jsonl)]
    [InlineData("eed\":3,\"heat\":4}\n{\"speed\":1,\"heat\":2}\n", TableFormat.Jsonl)]
    [InlineData("}\n{\"text\":\"a\"}\n", TableFormat.Jsonl)]
    [InlineData("}\n{ return 0; }\n", TableFormat.Lines)]
    [InlineData("a\tb\n1\t2\n", TableFormat.Tsv)]
    [InlineData("id,text\n1,2\n", TableFormat.Csv)]
    [InlineData("Well, this is text\n", TableFormat.Lines)]
    [InlineData("speed,heat\n1,2\n", TableFormat.Csv)]
    [InlineData("a;b\n1;2\n", TableFormat.Csv)]
    [InlineData(",a\n0,1\n", TableFormat.Csv)]
    [InlineData("id, text\n1,2\n", TableFormat.Csv)]
    [InlineData("text\nsome\n", TableFormat.Csv)]
    [InlineData("speed\n1\n", TableFormat.Csv)]
    [InlineData("one\ntwo\n", TableFormat.Lines)]
    [InlineData("1\n2\n", TableFormat.Lines)]
    [InlineData("Dear Sir,\nI write\n", TableFormat.Lines)]
    [InlineData("", TableFormat.Lines)]
    public void The_first_line_tells_the_format_where_the_name_does_not(string text, TableFormat format)
    {
        using var temp = new TempFolder();
        using var reader = TableReader.Open(temp.File("table", text));
        Assert.Equal(format, reader.Format);
    }

    [Fact]
    public void White_space_above_the_header_is_no_header()
    {
        using var temp = new TempFolder();
        using var reader = TableReader.Open(temp.File("table", "  \n\nid,text\n1,2\n"));
        Assert.Equal(["id", "text"], reader.Columns);
        Assert.Equal([["1", "2"]], Rows(reader));
    }

    [Fact]
    public void A_text_a_line()
    {
        using var temp = new TempFolder();
        using var reader = TableReader.Open(temp.File("t.txt", "one\r\n\r\nthree\rfour"));
        Assert.Equal(["one", "", "three", "four"], Rows(reader).Select(r => r[0]));
    }

    [Fact]
    public void Later_objects_of_a_stream_may_bring_columns()
    {
        using var reader = TableReader.Open(new MemoryStream(Encoding.UTF8.GetBytes("{\"a\":1}\n\n{\"b\":\"x\",\"a\":[2]}\n\"alone\"\n")), "standard input");
        Assert.Equal(["a"], reader.Columns);
        Assert.Equal([["1"], ["[2]", "x"], ["", "", "alone"]], Rows(reader));
        Assert.Equal(["a", "b", "text"], reader.Columns);
    }

    [Fact]
    public void A_wrong_column_is_answered_with_those_there_are()
    {
        using var temp = new TempFolder();
        using var reader = TableReader.Open(temp.File("t.csv", "Text,label\na,b\n"));
        Assert.Equal(0, reader.Column("text"));
        var error = Assert.Throws<UnreadableDocumentException>(() => reader.Column("lable"));
        Assert.Contains("Text, label", error.Message);
    }

    [Fact]
    public void What_cannot_be_opened_is_one_exception()
    {
        using var temp = new TempFolder();
        Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(Path.Combine(temp.Root, "none.csv")));
        Assert.Contains("folder", Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(temp.Root)).Reason);
        Assert.Equal(1, Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(temp.File("t.csv", "\"a,b\n"))).Line);
    }

    [Fact]
    public void Encodings_are_told_by_their_marks()
    {
        using var temp = new TempFolder();
        string path = Path.Combine(temp.Root, "t.tsv");
        foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            File.WriteAllText(path, "text\tn\nZwölf 🙂\t1\n", encoding);
            using var reader = TableReader.Open(path);
            Assert.Equal([["Zwölf 🙂", "1"]], Rows(reader));
            Assert.Equal(0, reader.LinesNotUtf8);
        }
        File.WriteAllBytes(path, [.. "text\tn\ncaf"u8, 0xE9, .. "\t1\nok\t2\n"u8]);
        using var latin = TableReader.Open(path);
        Assert.Equal([["café", "1"], ["ok", "2"]], Rows(latin));
        Assert.Equal(1, latin.LinesNotUtf8);
    }

    [Fact]
    public void A_line_that_does_not_end_is_refused_before_it_fills_the_memory()
    {
        using var temp = new TempFolder();
        string path = Path.Combine(temp.Root, "t.txt");
        byte[] block = new byte[1 << 20];
        Array.Fill(block, (byte)'a');
        using (var file = File.Create(path))
        using (var packed = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Fastest))
        {
            for (int i = 0; i < 70; i++)
            {
                file.Write(block);
                packed.Write(block);
            }
        }

        foreach (string name in (string[])[path, path + ".gz"])
            Assert.Contains("longer than 64 MB", Assert.Throws<UnreadableDocumentException>(() => TableReader.Open(name)).Reason);
    }

    [Fact]
    public void Lines_longer_than_the_buffer_are_whole()
    {
        using var temp = new TempFolder();
        string[] lines = [.. Enumerable.Range(0, 30).Select(i => new string((char)('a' + i % 26), i * 7919))];
        foreach (string end in (string[])["\n", "\r\n", "\r"])
        {
            using var reader = TableReader.Open(temp.File("t.txt", string.Join(end, lines)));
            Assert.Equal(lines, Rows(reader).Select(r => r[0]));
        }
    }

    /// <summary>Seven bytes at a time.</summary>
    private sealed class Pieces(byte[] all) : MemoryStream(all)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 7));
    }
}
