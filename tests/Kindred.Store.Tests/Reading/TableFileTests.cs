using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using CsvHelper;
using CsvHelper.Configuration;
using Kindred.Store.Reading;

namespace Kindred.Store.Tests.Reading;

public sealed class TableFileTests
{
    [Fact]
    public void A_row_is_a_document()
    {
        var rows = Read.All("faq.csv", "id,text,title,stars,open,code\r\n1,How?,Question,4.5,true,007\r\n\r\n2,\"So, \"\"thus\"\".\",,,false,\r\n");
        Assert.Equal(["faq.csv#1", "faq.csv#2"], rows.Select(r => r.Id));
        Assert.Equal(["How?", "So, \"thus\"."], rows.Select(r => r.Text));
        Assert.Equal(["Question", null], rows.Select(r => r.Title));
        Assert.Equal([2, 4], rows.Select(r => r.FirstLine));
        Assert.Equal((1, 4.5, true, "007"), (rows[0].Payload["id"].GetInt32(), rows[0].Payload["stars"].GetDouble(), rows[0].Payload["open"].GetBoolean(), rows[0].Payload["code"].GetString()));
        Assert.Equal(["id", "open"], rows[1].Payload.Keys.Order());
        Assert.DoesNotContain("text", rows[0].Payload.Keys);
    }

    [Theory]
    [InlineData("t.csv", "id,text\n1,good\n2,\n3, \n", "line 3, 4")]
    [InlineData("t.jsonl", "{\"text\":\"good\"}\n{\"text\":\"\"}\n\"fine\"\n{\"text\":null,\"id\":1}\n", "line 2, 4")]
    public void Rows_without_text_are_told(string name, string content, string lines)
    {
        string? note = Read.Result(name, Encoding.UTF8.GetBytes(content)).Note;
        Assert.Equal($"2 rows have no text and are left out: {lines}", note);
    }

    [Fact]
    public void Quotes_hold_commas_breaks_and_doubled_quotes()   // field case 41
    {
        var row = Assert.Single(Read.All("t.csv", "text,label\n\"a \"\"b\"\",\nc\",x\n"));
        Assert.Equal("a \"b\",\nc", row.Text);
        Assert.Equal("x", row.Payload["label"].GetString());
    }

    [Fact]
    public void An_open_quote_at_the_end_is_told_with_its_line()
    {
        var error = Read.Refused("t.csv", "text,label\ngood,x\n\"never closed,y\nz\n");
        Assert.Equal(3, error.Line);
        Assert.Contains("line 3", error.Reason);
        Assert.Contains("quote", error.Reason);
        Assert.Equal(1, Read.Refused("t.csv", "\"text,label\ngood,x\n").Line);
    }

    [Fact]
    public void An_open_quote_does_not_take_the_rows_up_to_the_next_quote_into_its_field()
    {
        var error = Read.Refused("t.csv", "n,kind\n1,\"mill\n2,\"lathe\"\n3,mill\n");
        Assert.Equal(2, error.Line);
        Assert.Contains("line 2: a quote is opened that only one within a field of line 3 could close", error.Reason);
    }

    [Fact]
    public void A_ragged_row_is_told_with_its_line()
    {
        var error = Read.Refused("t.csv", "a,b\n1,2\n\"x\ny\",2\n1,2,3\n");
        Assert.Equal(5, error.Line);
        Assert.Contains("3 fields where the header has 2", error.Reason);
        Assert.Contains("no rows", Read.Refused("t.csv", "a,b\n").Reason);
    }

    [Theory, InlineData("a;b,c;d", ';'), InlineData("a\tb\tc,d", '\t'), InlineData("\"a;b;c\",d", ','), InlineData("word", ',')]
    public void The_header_tells_the_delimiter(string header, char delimiter) => Assert.Equal(delimiter, DelimitedText.Delimiter(header));

    [Fact]
    public void Without_a_text_column_all_columns_are_the_text()
    {
        var row = Assert.Single(Read.All("t.tsv", "name\tcolour\tsize\nvase\tblue\t\n"));
        Assert.Equal("name: vase\ncolour: blue", row.Text);
        Assert.Equal("blue", row.Payload["colour"].GetString());
    }

    [Fact]
    public void Quotes_mean_nothing_in_tsv()
    {
        var rows = Read.All("t.tsv", "Text\tn\n\"quoted\t1\n5\" disk\t2\n");
        Assert.Equal(["\"quoted", "5\" disk"], rows.Select(r => r.Text));
    }

    [Fact]
    public void Names_that_are_missing_or_twice_are_made_different()
    {
        Assert.Equal(["a", "A 2", "column 3", "a 3", "text"], DelimitedText.Names(["a", "A", " ", "a", "text"]));
        Assert.Equal(["a", "a 2", "a 2 2"], DelimitedText.Names(["a", "a", "a 2"]));
    }

    [Fact]
    public void Rows_with_blank_text_are_passed_over_and_keep_their_number()
    {
        var rows = Read.All("t.csv", "text,n\nfirst,1\n  ,2\n\"\",3\nlast,4\n");
        Assert.Equal(["t.csv#1", "t.csv#4"], rows.Select(r => r.Id));
    }

    [Fact]
    public void What_is_written_by_CsvHelper_is_read_back()
    {
        var field = Gen.OneOf("a", "\"", ",", "\n", "\r\n", " ", "é", "🙂", ";", "\t", "x y").Array[0, 6].Select(string.Concat);
        field.Array2D[Gen.Int[1, 6], Gen.Int[2, 4]].Sample(cells =>
        {
            int rows = cells.GetLength(0), columns = cells.GetLength(1);
            using var text = new StringWriter();
            using (var writer = new CsvWriter(text, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n", ShouldQuote = _ => true }))
            {
                for (int c = 0; c < columns; c++) writer.WriteField($"c{c}");
                writer.NextRecord();
                for (int r = 0; r < rows; r++)
                {
                    for (int c = 0; c < columns; c++) writer.WriteField(cells[r, c]);
                    writer.NextRecord();
                }
            }
            var read = DelimitedText.Rows(ReturnableLines.Of(text.ToString()), "t.csv", quotes: true).Skip(1).ToList();
            Assert.Equal(rows, read.Count);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++)
                    Assert.Equal(cells[r, c], read[r].Fields[c]);
        }, iter: 500);
    }

    [Fact]
    public void A_line_of_json_is_a_document()
    {
        var rows = Read.All("d.jsonl", """
            {"id": 7, "text": "First \u00fc\n\ud83d\ude42.", "title": "One", "tags": ["a", {"b": null}]}

            "a string alone"
            {"Text": "in capitals", "n": 1e3}
            {"name": "vase", "size": 3}
            {"text": null, "n": 1}
            {"text": "last"}
            """.Replace("\n", "\r\n"));
        Assert.Equal(["d.jsonl#1", "d.jsonl#2", "d.jsonl#3", "d.jsonl#4", "d.jsonl#6"], rows.Select(r => r.Id));
        Assert.Equal(["First ü\n🙂.", "a string alone", "in capitals", "name: vase\nsize: 3", "last"], rows.Select(r => r.Text));
        Assert.Equal([1, 3, 4, 5, 7], rows.Select(r => r.FirstLine));
        Assert.Equal("One", rows[0].Title);
        Assert.Equal("[\"a\", {\"b\": null}]", rows[0].Payload["tags"].GetRawText());
        Assert.Equal(7, rows[0].Payload["id"].GetInt32());
        Assert.Equal(["n"], rows[2].Payload.Keys);
        Assert.Equal(["name", "size"], rows[3].Payload.Keys.Order());
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\": \"b\"\n", 2, "not valid JSON")]
    [InlineData("{\"text\": \"a\"}\n\n[1, 2]\n", 3, "neither an object nor a string")]
    [InlineData("{\"text\": [1]}\n", 1, "\"text\" is not a string")]
    [InlineData("{\"text\": \"a\"} {\"text\": \"b\"}\n", 1, "not valid JSON")]
    public void A_bad_line_is_told_with_its_number(string text, int line, string reason)
    {
        var error = Read.Refused("d.jsonl", text);
        Assert.Equal(line, error.Line);
        Assert.Contains($"line {line}", error.Reason);
        Assert.Contains(reason, error.Reason);
    }

    [Fact]
    public void Nesting_without_end_is_a_bad_line()
    {
        Assert.Equal(2, Read.Refused("d.jsonl", "\"good\"\n" + new string('[', 1_000_000)).Line);
        Assert.Equal(1, Read.Refused("d.jsonl", "{\"text\":\"x\",\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}").Line);
    }

    [Fact]
    public void Escapes_of_half_characters_and_nul_are_replaced_with_a_note()
    {
        var result = Read.Result("d.jsonl", """{"text": "a\ud83db\u0000c \\ud83d", "\udc00": "\ud83d\ude42"}"""u8);
        var document = Assert.Single(result.Documents);
        Assert.Equal("a\uFFFDb c \\ud83d", document.Text);
        Assert.Equal("🙂", document.Payload["\uFFFD"].GetString());
        Assert.Contains("U+FFFD", result.Note);
        Assert.Contains("NUL", result.Note);
    }

    [Theory]
    [InlineData("1", true), InlineData("-1.5", true), InlineData("1e5", true), InlineData("9223372036854775807", true), InlineData("0", true), InlineData("0.5", true), InlineData("-0", true)]
    [InlineData("9223372036854775808", false), InlineData("007", false), InlineData("1,5", false), InlineData("+1", false), InlineData(".5", false), InlineData("1.", false), InlineData("1e999", false)]
    [InlineData("NaN", false), InlineData("∞", false), InlineData("１", false), InlineData("1e", false), InlineData("-", false), InlineData("1 ", false), InlineData("", false), InlineData("0x1", false)]
    public void A_cell_is_a_number_where_json_has_one(string cell, bool number)
    {
        var value = PayloadValue.OfCell(cell);
        Assert.Equal(number ? JsonValueKind.Number : JsonValueKind.String, value.ValueKind);
        Assert.Equal(cell, number ? value.GetRawText() : value.GetString());
    }

    [Fact]
    public void Any_cell_gives_a_json_value() => Gen.OneOf(Gen.String, Gen.Char["+-.eE0123456789"].Array[0, 12].Select(c => new string(c))).Sample(cell =>
    {
        var value = PayloadValue.OfCell(cell);
        Assert.True(JsonElement.DeepEquals(value, PayloadValue.Parse(Encoding.UTF8.GetBytes(value.GetRawText()))));
    });
}
