namespace Kindred.Store.Reading;

/// <summary>Tells the kind of a file by its name.</summary>
internal static class DocumentKinds
{
    public const string Text = "text", Code = "code", Markdown = "markdown", Html = "html", Pdf = "pdf", Docx = "docx",
        Csv = "csv", Tsv = "tsv", Jsonl = "jsonl";

    private static readonly Dictionary<string, string> Known = Build();

    private static Dictionary<string, string> Build()
    {
        var kinds = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            [".md"] = Markdown,
            [".markdown"] = Markdown,
            [".mdx"] = Markdown,
            [".html"] = Html,
            [".htm"] = Html,
            [".xhtml"] = Html,
            [".pdf"] = Pdf,
            [".docx"] = Docx,
            [".csv"] = Csv,
            [".tsv"] = Tsv,
            [".jsonl"] = Jsonl,
            [".ndjson"] = Jsonl,
        };
        foreach (string extension in ".txt .text .log .rst .adoc .asciidoc .org .tex .bib .srt .vtt .po .eml".Split(' '))
            kinds[extension] = Text;
        const string code = ".cs .csx .vb .fs .fsx .py .pyi .js .mjs .cjs .jsx .ts .tsx .java .kt .kts .scala .groovy .go .rs .c .h .cc .cpp .cxx " +
            ".hpp .hh .m .mm .swift .rb .php .pl .pm .lua .r .jl .dart .ex .exs .erl .hs .ml .clj .lisp .el .sql .sh .bash .zsh .fish .ps1 .bat .cmd " +
            ".json .json5 .jsonc .yaml .yml .xml .xsd .xaml .toml .ini .cfg .conf .properties .css .scss .less .vue .svelte .proto .graphql .tf " +
            ".gradle .cmake .mk .csproj .fsproj .props .targets .sln .slnx .razor .cshtml .dockerfile .ipynb";
        foreach (string extension in code.Split(' '))
            kinds[extension] = Code;
        return kinds;
    }

    /// <summary>The kind of a file, or null when it is not one that is read. A name without extension (README, Makefile) is taken for text.</summary>
    public static string? Of(string path)
    {
        string extension = Path.GetExtension(path);
        return extension.Length == 0 ? Text : Known.GetValueOrDefault(extension);
    }

    /// <summary>The most bytes such a file may have.</summary>
    public static long Limit(string kind, ReadOptions options) => kind is Pdf or Docx ? 8 * options.MaxBytes : options.MaxBytes;

    /// <summary>Why a file of this length is not read, or null when it is.</summary>
    public static string? WhyNot(string kind, long bytes, ReadOptions options)
    {
        if (bytes == 0) return "empty (0 bytes, or a pipe, socket or device)";
        long limit = Limit(kind, options);
        return bytes > limit ? $"{Size(bytes)} is over the limit of {Size(limit)} (ReadOptions.MaxBytes)" : null;
    }

    private static string Size(long bytes) =>
        bytes >= 1 << 20 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MB") : $"{bytes} bytes";
}
