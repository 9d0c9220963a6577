using System.Text.Json;

namespace Kindred.Models;

/// <summary>Reads the small JSON files of a model folder; whatever is wrong with one is a <see cref="ModelFormatException"/>.</summary>
internal static class Json
{
    /// <summary>More than any real tokenizer.json needs; a larger file is not read at all.</summary>
    private const long MaxBytes = 256L << 20;

    public static T Read<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            long bytes = new FileInfo(path).Length;
            if (bytes > MaxBytes) throw new ModelFormatException(path, "", $"{bytes} bytes are more than the {MaxBytes} a JSON file may have");
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, "", e.Message, e);
        }
    }

    /// <summary>The value of a property, null when it is missing or null.</summary>
    public static JsonElement? Get(this JsonElement element, string path, string name)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new ModelFormatException(path, name, $"is looked for in a {element.ValueKind}, not in an object");
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public static JsonElement Need(this JsonElement element, string path, string name) =>
        element.Get(path, name) ?? throw new ModelFormatException(path, name, "is missing");

    public static string Text(this JsonElement element, string path, string name) =>
        element.Need(path, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : throw new ModelFormatException(path, name, "is not a string");

    public static string? TextOrNull(this JsonElement element, string path, string name) =>
        element.Get(path, name) is null ? null : element.Text(path, name);

    public static bool Flag(this JsonElement element, string path, string name, bool otherwise) => element.Get(path, name)?.ValueKind switch
    {
        null => otherwise,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new ModelFormatException(path, name, "is not true or false"),
    };

    /// <summary>A whole number in a range, null when it is missing.</summary>
    public static int? Whole(this JsonElement element, string path, string name, int low, int high)
    {
        if (element.Get(path, name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= low && number <= high
            ? number
            : throw new ModelFormatException(path, name, $"is not a whole number from {low} to {high}");
    }
}
