using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Store.Storage;

/// <summary>A document as its row holds it: JSON columns, and the hash by which an unchanged document is recognised.</summary>
internal sealed record DocumentRow(string Key, string? Title, string Text, int FirstLine, string Payload, string Pages, string Headings, byte[] Hash)
{
    // relaxed: the file is read by SQLite, not put into a web page, and é should not take six bytes
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static DocumentRow Of(Document document)
    {
        string payload = Write(writer =>
        {
            writer.WriteStartObject();
            // sorted: the order in which a reader met the fields is no change of the document
            foreach (var (name, value) in document.Payload.OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                writer.WritePropertyName(Whole(name));
                if (value.ValueKind == JsonValueKind.Undefined) writer.WriteNullValue();
                else value.WriteTo(writer);
            }
            writer.WriteEndObject();
        });
        string pages = Write(writer =>
        {
            writer.WriteStartArray();
            foreach (var page in document.Pages)
            {
                writer.WriteStartArray();
                writer.WriteNumberValue(page.Offset);
                writer.WriteNumberValue(page.Number);
                writer.WriteEndArray();
            }
            writer.WriteEndArray();
        });
        string headings = Write(writer =>
        {
            writer.WriteStartArray();
            foreach (var heading in document.Headings)
            {
                writer.WriteStartArray();
                writer.WriteNumberValue(heading.Offset);
                writer.WriteNumberValue(heading.Level);
                writer.WriteStringValue(Whole(heading.Text));
                writer.WriteEndArray();
            }
            writer.WriteEndArray();
        });
        string? title = document.Title is null ? null : Whole(document.Title);
        string line = document.FirstLine.ToString(CultureInfo.InvariantCulture);
        return new DocumentRow(document.Id, title, document.Text, document.FirstLine, payload, pages, headings,
            Digest([document.Text, title ?? "\0", payload, pages, headings, line]));
    }

    public static IReadOnlyDictionary<string, JsonElement> Fields(string payload)
    {
        using var json = JsonDocument.Parse(payload);
        if (json.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("not an object");
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in json.RootElement.EnumerateObject()) fields[field.Name] = field.Value.Clone();
        return fields;
    }

    /// <summary>The text with each lone surrogate replaced: SQLite keeps UTF-8, which has no place for one.</summary>
    public static string Whole(string text)
    {
        int at = LoneSurrogate(text, 0);
        if (at < 0) return text;
        var units = text.ToCharArray();
        for (; at >= 0; at = LoneSurrogate(text, at + 1)) units[at] = '\uFFFD';
        return new string(units);
    }

    private static int LoneSurrogate(string text, int from)
    {
        for (int i = from; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return i;
            i++;
        }
        return -1;
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Json)) write(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static byte[] Digest(ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[8];
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
            hash.AppendData(length);   // lengths first: no two lists of parts run together into the same bytes
            hash.AppendData(bytes);
        }
        return hash.GetHashAndReset();
    }
}
