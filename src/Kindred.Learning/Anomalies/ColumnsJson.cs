using System.Text.Json;
using Kindred.Learning.Tables;

namespace Kindred.Learning.Anomalies;

/// <summary>The columns of a table in a detector's JSON.</summary>
internal static class ColumnsJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<TableColumn> columns)
    {
        json.WriteStartArray("columns");
        foreach (var column in columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("kind", column.Kind.ToString());
            if (column.Reason.Length > 0) json.WriteString("reason", column.Reason);
            json.WriteBoolean("log", column.Log);
            json.WriteBoolean("hadMissing", column.HadMissing);
            json.WriteNumber("mean", column.Mean);
            json.WriteNumber("scale", column.Scale);
            json.WriteNumber("median", column.Median);
            json.WriteStartArray("categories");
            foreach (string name in column.Categories) json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static TableColumn[] Read(JsonElement model) =>
    [
        .. model.GetProperty("columns").EnumerateArray().Select(column => new TableColumn
        {
            Name = column.GetProperty("name").GetString()!,
            Kind = Enum.Parse<ColumnKind>(column.GetProperty("kind").GetString()!),
            Reason = column.TryGetProperty("reason", out var reason) ? reason.GetString()! : "",
            Log = column.GetProperty("log").GetBoolean(),
            HadMissing = column.GetProperty("hadMissing").GetBoolean(),
            Mean = column.GetProperty("mean").GetDouble(),
            Scale = column.GetProperty("scale").GetDouble(),
            Median = column.GetProperty("median").GetDouble(),
            Categories = [.. column.GetProperty("categories").EnumerateArray().Select(c => c.GetString()!)],
        }),
    ];
}
