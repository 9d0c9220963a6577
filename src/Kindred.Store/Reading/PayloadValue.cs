using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Store.Reading;

/// <summary>Makes JSON values of text cells, independent of culture.</summary>
internal static class PayloadValue
{
    /// <summary>A cell as number or bool when it is written exactly as JSON writes one, else as string.</summary>
    /// <remarks>"007" and "1,5" stay strings, and so do whole numbers beyond 64 bits: they are names, not quantities.</remarks>
    public static JsonElement OfCell(string cell) => cell switch
    {
        "true" or "True" or "TRUE" => Parse("true"u8),
        "false" or "False" or "FALSE" => Parse("false"u8),
        _ => IsNumber(cell) ? Parse(System.Text.Encoding.UTF8.GetBytes(cell)) : OfString(cell),
    };

    /// <summary>A JSON string; lone surrogates become U+FFFD.</summary>
    public static JsonElement OfString(string value)
    {
        var buffer = new ArrayBufferWriter<byte>(value.Length + 16);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            writer.WriteStringValue(TextDecoder.Clean(value, null).Text);
        return Parse(buffer.WrittenSpan);
    }

    /// <summary>Reads one JSON value.</summary>
    public static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.Clone();
    }

    /// <summary>Whether text is a number in JSON's own notation that a double, or a long when it is whole, can hold.</summary>
    public static bool IsNumber(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 32) return false;
        var digits = text[0] == '-' ? text[1..] : text;
        if (digits.IsEmpty || !char.IsAsciiDigit(digits[0]) || !char.IsAsciiDigit(digits[^1])) return false;
        if (digits[0] == '0' && digits.Length > 1 && char.IsAsciiDigit(digits[1])) return false;
        if (!digits.ContainsAnyExceptInRange('0', '9')) return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        int dot = digits.IndexOf('.');
        if (dot >= 0 && !char.IsAsciiDigit(digits[dot + 1])) return false;   // the last one is a digit, so there is a next
        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && digits.IndexOf("e") != 0;
    }
}
