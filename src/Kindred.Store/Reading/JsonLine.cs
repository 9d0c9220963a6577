using System.Globalization;
using System.Text.Json;

namespace Kindred.Store.Reading;

/// <summary>Reads one line of JSON with a bound on its depth.</summary>
internal static class JsonLine
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <summary>Parses a line; escapes that stand for half a character or for NUL are replaced first.</summary>
    /// <exception cref="UnreadableDocumentException">Not JSON, or nested too deeply; names the line.</exception>
    public static JsonDocument Parse(TextLine line, string path, ref string? note)
    {
        var json = line.Text;
        if (json.Span.Contains("\\u", StringComparison.Ordinal)) json = WithoutBadEscapes(json, ref note);
        try
        {
            return JsonDocument.Parse(json, Options);
        }
        catch (JsonException e)
        {
            throw new UnreadableDocumentException(path, FormattableString.Invariant($"line {line.Number}: not valid JSON at character {e.BytePositionInLine + 1}"), line.Number, e);
        }
    }

    /// <summary>The error that a line of well-formed JSON is not what it should be.</summary>
    public static UnreadableDocumentException Wrong(TextLine line, string path, string what) =>
        new(path, FormattableString.Invariant($"line {line.Number}: {what}"), line.Number);

    /// <summary>The member of that name, in any case; the exact one wins.</summary>
    public static bool TryGet(JsonElement value, string name, out string found, out JsonElement member)
    {
        found = name;
        if (value.TryGetProperty(name, out member)) return true;
        foreach (var property in value.EnumerateObject())
        {
            if (!property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            (found, member) = (property.Name, property.Value);
            return true;
        }
        return false;
    }

    /// <summary>The value as a person would write it: a string without quotes, anything else as JSON.</summary>
    public static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };

    private static ReadOnlyMemory<char> WithoutBadEscapes(ReadOnlyMemory<char> json, ref string? note)
    {
        var source = json.Span;
        char[]? changed = null;
        for (int i = 0; i + 1 < source.Length; i++)
        {
            if (source[i] != '\\') continue;
            if (source[i + 1] != 'u')
            {
                i++;   // an escaped backslash does not start an escape
                continue;
            }
            if (!TryUnit(source[i..], out char unit)) continue;
            if (char.IsHighSurrogate(unit) && TryUnit(source[(i + 6)..], out char next) && char.IsLowSurrogate(next))
            {
                i += 11;
                continue;
            }
            if (char.IsSurrogate(unit) || unit == '\0')
            {
                changed ??= source.ToArray();
                (unit == '\0' ? "0020" : "FFFD").CopyTo(changed.AsSpan(i + 2));
                note = TextDecoder.Join(note, unit == '\0' ? "NUL characters were replaced by spaces" : "halves of characters were replaced by U+FFFD");
            }
            i += 5;
        }
        return changed ?? json;
    }

    private static bool TryUnit(ReadOnlySpan<char> text, out char unit)
    {
        unit = '\0';
        if (text.Length < 6 || text[0] != '\\' || text[1] != 'u' || !ushort.TryParse(text.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value))
            return false;
        unit = (char)value;
        return true;
    }
}
