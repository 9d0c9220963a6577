using System.Collections.ObjectModel;
using System.Text.Json;

namespace Kindred.Store;

/// <summary>A text taken out of a file, with what is known about it.</summary>
public sealed record Document
{
    /// <summary>Stable key: the file's path relative to its folder with '/', and "#row" for a row of a table ("faq.csv#12").</summary>
    public required string Id { get; init; }

    /// <summary>The extracted text; every offset counts UTF-16 units from its start. Holds no NUL and no lone surrogate.</summary>
    public required string Text { get; init; }

    /// <summary>The title the file states, if it does.</summary>
    public string? Title { get; init; }

    /// <summary>Named values beside the text: front matter, the other columns of a table, the other fields of a JSON line.</summary>
    public IReadOnlyDictionary<string, JsonElement> Payload { get; init; } = ReadOnlyDictionary<string, JsonElement>.Empty;

    /// <summary>Where each page starts, in order of offset; empty where the format has no pages.</summary>
    public IReadOnlyList<DocumentPage> Pages { get; init; } = [];

    /// <summary>The headings in order of offset.</summary>
    public IReadOnlyList<DocumentHeading> Headings { get; init; } = [];

    /// <summary>The line of the source file at which <see cref="Text"/> starts, from 1.</summary>
    public int FirstLine { get; init; } = 1;
}
