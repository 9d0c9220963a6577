using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Cli;

/// <summary>Where a verb's answers go: JSON Lines with --json, else lines to read.</summary>
internal sealed class Output(ParseResult args)
{
    private readonly TextWriter _out = args.InvocationConfiguration.Output;

    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON Lines." };

    public bool IsJson { get; } = args.GetValue(Json);

    public void Text(string line)
    {
        if (!IsJson) _out.WriteLine(Plain(line, "\n\t"));
    }

    /// <summary>Without control characters, which could steer the terminal that shows a stranger's text.</summary>
    public static string Plain(string text, string kept = "") => string.Concat(text.Select(c => char.IsControl(c) && !kept.Contains(c) ? ' ' : c));

    public void Line(Action<Utf8JsonWriter> fields)
    {
        if (!IsJson) return;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        _out.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
