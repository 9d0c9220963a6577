using System.Text;
using System.Text.Json;

namespace Kindred.Cli.Maps;

/// <summary>Draws a map as one HTML file that needs nothing else: hover, pan, zoom, search, groups switched on and off, a lasso that exports rows; topics beside the map.</summary>
internal static class HtmlMap
{
    private const string DataMark = "@@data@@", TitleMark = "@@title@@";

    public static byte[] Draw(MapPicture map)
    {
        using var resource = typeof(HtmlMap).Assembly.GetManifestResourceStream("map.html")!;
        using var reader = new StreamReader(resource);
        string page = reader.ReadToEnd();
        using var buffer = new MemoryStream();

        // the writer's default encoder escapes <, > and &: no text of a document can end the script element
        using (var json = new Utf8JsonWriter(buffer)) Write(json, map);
        string data = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        return Encoding.UTF8.GetBytes(page
            .Replace(TitleMark, System.Net.WebUtility.HtmlEncode(map.Title), StringComparison.Ordinal)
            .Replace(DataMark, data, StringComparison.Ordinal));
    }

    private static void Write(Utf8JsonWriter json, MapPicture map)
    {
        json.WriteStartObject();
        json.WriteStartArray("groups");
        foreach (var group in map.Groups)
        {
            json.WriteStartArray();
            json.WriteStringValue(group.Name);
            json.WriteStringValue(group.Color);
            if (group.Topic is { } topic) Write(json, topic);
            else json.WriteNullValue();
            json.WriteBooleanValue(group.IsOne);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("points");
        foreach (var point in map.Points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.X);
            json.WriteNumberValue(point.Y);
            json.WriteNumberValue(point.Group);
            json.WriteStringValue(point.Label);
            json.WriteStringValue(point.Source);
            json.WriteStringValue(point.Text);
            json.WriteNumberValue(point.Row);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MapTopic topic)
    {
        json.WriteStartObject();
        json.WriteStrings("words", topic.Words);
        json.WriteStrings("texts", topic.Texts);
        json.WriteString("near", topic.Near);
        json.WriteStartArray("times");
        foreach (var (time, share) in topic.Times)
        {
            json.WriteStartArray();
            json.WriteStringValue(time);
            json.WriteNumberValue(Math.Round(share, 6));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
