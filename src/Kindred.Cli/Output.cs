using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Cli;

/// <summary>Where a verb's answers go: JSON Lines with --json, else lines to read.</summary>
internal sealed class Output(ParseResult args)
{
    private readonly TextWriter _out = args.InvocationConfiguration.Output;
    private string? _held;

    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON Lines." };

    public bool IsJson { get; } = args.GetValue(Json);

    public void Text(string line)
    {
        if (!IsJson) _out.WriteLine(Plain(line, "\n\t"));
    }

    /// <summary>Without control characters, which could steer the terminal that shows a stranger's text.</summary>
    public static string Plain(string text, string kept = "") => string.Concat(text.Select(c => char.IsControl(c) && !kept.Contains(c) ? ' ' : c));

    /// <summary>A number of things, one or many: "1 row", "2 rows", "3 queries".</summary>
    public static string Count(long number, string thing) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? thing : thing.EndsWith('y') ? $"{thing[..^1]}ies" : $"{thing}s")}");

    public void Line(Action<Utf8JsonWriter> fields)
    {
        if (IsJson) _out.WriteLine(Object(fields));
    }

    /// <summary>One of many lines of a kind, held back until the next one is there: the last of them says how many rows could not be used.</summary>
    public void Row(Action<Utf8JsonWriter> fields)
    {
        if (!IsJson) return;
        if (_held is not null) _out.WriteLine(_held);
        _held = Object(fields);
    }

    /// <summary>Writes the line that was held back, with the count of rows that could not be used; where none was, and there are such rows, a line of its own.</summary>
    public void End(long unusable)
    {
        if (!IsJson) return;
        string count = string.Create(CultureInfo.InvariantCulture, $"\"unusable\":{unusable}}}");
        if (_held is not null) _out.WriteLine($"{_held[..^1]},{count}");
        else if (unusable > 0) _out.WriteLine($"{{{count}");
        _held = null;
    }

    private static string Object(Action<Utf8JsonWriter> fields)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
