namespace Kindred.Store.Filters;

/// <summary>A field of a document's payload, or one of those that the store knows of every file.</summary>
/// <param name="Column">The file field's column; null for a payload field.</param>
/// <param name="Path">The payload field's names from the outside in.</param>
internal sealed record FilterField(string? Column, IReadOnlyList<string> Path)
{
    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal)
    {
        ["source"] = "s.path",
        ["file"] = "s.name",
        ["ext"] = "s.ext",
        ["kind"] = "s.kind",
        ["bytes"] = "s.bytes",
        ["modified"] = "s.modified",
        ["title"] = "d.title",
        ["heading"] = "c.heading",
        ["page"] = "c.page",
        ["line"] = "c.line",
    };

    public static IEnumerable<string> FileFields => Columns.Keys;

    public bool IsTime => Column == "s.modified";

    public static FilterField Payload(IReadOnlyList<string> path) => new(null, path);

    public static FilterField? File(string name) => Columns.TryGetValue(name, out string? column) ? new FilterField(column, []) : null;
}
