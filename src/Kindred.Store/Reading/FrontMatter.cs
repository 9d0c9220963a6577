using System.Buffers;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kindred.Store.Reading;

/// <summary>The YAML between two lines "---" at the start of a markdown file, read by parser events alone: nothing is bound to a type.</summary>
internal static class FrontMatter
{
    private const int MaxLength = 1 << 18, MaxDepth = 16;

    /// <summary>Finds the block.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="yaml">What stands between the two lines.</param>
    /// <param name="body">Where the text after them starts.</param>
    /// <returns>False when the file does not start with such a block.</returns>
    public static bool TryFind(string text, out string yaml, out int body)
    {
        (yaml, body) = ("", 0);
        int start = -1;
        foreach (var line in TextLine.Of(text))
        {
            int next = body + line.Text.Length + line.Break.Length;
            bool isMark = line.Text.Span.TrimEnd() is "---" || (start >= 0 && line.Text.Span.TrimEnd() is "...");
            if (start < 0)
            {
                if (!isMark) return false;
                start = next;
            }
            else if (isMark)
            {
                yaml = text[start..body];
                body = next;
                return true;
            }
            body = next;
            if (body > MaxLength) break;
        }
        body = 0;
        return false;
    }

    /// <summary>Reads a mapping; nested lists and mappings are kept as JSON.</summary>
    /// <returns>Null when it is not valid YAML or not a mapping.</returns>
    public static Dictionary<string, JsonElement>? Parse(string yaml)
    {
        try
        {
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) return [];
            parser.Consume<DocumentStart>();
            if (parser.TryConsume<Scalar>(out var only)) return only.Value.Length == 0 ? [] : null;
            if (!parser.TryConsume<MappingStart>(out _)) return null;
            var payload = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                string name = TextDecoder.Clean(parser.Consume<Scalar>().Value, null).Text;
                var buffer = new ArrayBufferWriter<byte>();
                using (var writer = new Utf8JsonWriter(buffer))
                    Write(parser, writer, 0);
                payload[name] = PayloadValue.Parse(buffer.WrittenSpan);
            }
            return payload;
        }
        catch (Exception e) when (e is YamlException or JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static void Write(Parser parser, Utf8JsonWriter writer, int depth)
    {
        if (depth > MaxDepth) throw new JsonException("nested too deeply");
        if (parser.TryConsume<Scalar>(out var scalar)) WriteScalar(scalar, writer);
        else if (parser.TryConsume<SequenceStart>(out _))
        {
            writer.WriteStartArray();
            while (!parser.TryConsume<SequenceEnd>(out _)) Write(parser, writer, depth + 1);
            writer.WriteEndArray();
        }
        else if (parser.TryConsume<MappingStart>(out _))
        {
            writer.WriteStartObject();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                writer.WritePropertyName(TextDecoder.Clean(parser.Consume<Scalar>().Value, null).Text);
                Write(parser, writer, depth + 1);
            }
            writer.WriteEndObject();
        }
        else throw new JsonException("an alias");   // one alias can stand for a million values
    }

    private static void WriteScalar(Scalar scalar, Utf8JsonWriter writer)
    {
        string value = TextDecoder.Clean(scalar.Value, null).Text;
        if (scalar.Style != ScalarStyle.Plain) writer.WriteStringValue(value);
        else if (value is "" or "~" or "null" or "Null" or "NULL") writer.WriteNullValue();
        else PayloadValue.OfCell(value).WriteTo(writer);
    }
}
