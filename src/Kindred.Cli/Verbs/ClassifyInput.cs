using Kindred.Learning.Classification;
using Kindred.Learning.Tables;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>Rows for a classifier: texts, names of pictures or sounds, vectors, or the other columns of a table, with their labels where there are any.</summary>
internal sealed class ClassifyInput
{
    /// <summary>Of the columns of a row so much is shown.</summary>
    private const int LongestRow = 200;

    private InputTable? table;

    private ClassifyInput(string name, UnusableRows unusable) => (Name, Unusable) = (name, unusable);

    public string Name { get; }

    /// <summary>Rows that cannot be used.</summary>
    public UnusableRows Unusable { get; }

    /// <summary>The number of each row in its file, from 1.</summary>
    public List<long> Rows { get; } = [];

    /// <summary>Empty where labels were not asked for.</summary>
    public List<string[]> Labels { get; } = [];

    public List<string>? Texts { get; private set; }

    /// <summary>What encodes the texts where they are names of pictures or sounds; null where they are texts.</summary>
    public MediaEncoder? Media { get; private set; }

    public IReadOnlyList<ReadOnlyMemory<float>>? Vectors { get; private set; }

    /// <summary>The columns other than the label, where there is no text.</summary>
    public List<IReadOnlyList<string>>? Values { get; private set; }

    public string[] Columns { get; private set; } = [];

    public int Count => Rows.Count;

    /// <summary>A row to read: its text, the values of its columns, or where it stands.</summary>
    public string Describe(int row) => Texts?[row]
        ?? (Values is null ? $"{Name}, row {Rows[row]}" : SearchVerb.Shorten(string.Join(", ", Columns.Zip(Values[row]).Where(c => c.Second.Length > 0).Select(c => $"{c.First}={c.Second}")), LongestRow));

    /// <param name="file">What is read.</param>
    /// <param name="text">The column of texts that was asked for; null for one called text, or none.</param>
    /// <param name="label">The column of labels; null where none are wanted.</param>
    /// <param name="labelFile">For vectors: the table of the labels.</param>
    /// <param name="separator">What parts several labels of a row; null where each has one.</param>
    /// <param name="ignored">Columns of a table that are left out.</param>
    /// <param name="learnt">The columns of a table that a classifier has learnt; null for all.</param>
    /// <param name="model">As <see cref="InputTable.Encoded"/> takes it.</param>
    /// <param name="cancel">Stops the reading.</param>
    public static ClassifyInput Read(string file, string? text, string? label, string? labelFile, string? separator, string[] ignored, TableEncoder? learnt, string? model, CancellationToken cancel)
    {
        if (ignored.Length > 0 && VectorFile.Names(file)) throw new ArgumentException($"{file} holds vectors: --ignore leaves out columns of a table");
        return VectorFile.Names(file) ? OfVectors(file, label, labelFile, separator, cancel)
            : labelFile is null ? OfTable(file, text, label, separator, ignored, learnt, model, cancel)
            : throw new ArgumentException($"--labels {labelFile}: it goes with vectors (.npy, .fvecs); the labels of {file} are a column of it, which --label names");
    }

    private static ClassifyInput OfTable(string file, string? text, string? label, string? separator, string[] ignored, TableEncoder? learnt, string? model, CancellationToken cancel)
    {
        using var table = InputTable.Open(file);
        if (table.IsTexts && label is not null) throw new FormatException($"{table.Name}: lines of text have no labels: a table with a header line is wanted, with the columns {text ?? "text"} and {label}");
        var input = new ClassifyInput(table.Name, table.Unusable) { table = table };
        var encoded = learnt is null ? LearntColumns.Encoded(table, text, ignored, model, cancel) : null;
        int? labelAt = label is null ? null : table.Column(label);
        HashSet<int> left = [.. ignored.Select(table.Column)];
        int[] others = [];
        LearntColumns? known = null;
        if (encoded is not null)
        {
            (input.Texts, input.Media) = ([], encoded.Media);
        }
        else
        {
            if (learnt is not null) known = new LearntColumns(learnt, table, labelAt, "classifier", cancel);
            else others = [.. Enumerable.Range(0, table.Columns.Count).Where(c => c != labelAt && !left.Contains(c))];
            (input.Values, input.Columns) = ([], learnt is not null ? [.. learnt.Columns.Select(c => c.Name)] : [.. others.Select(c => table.Columns[c])]);
        }

        foreach (var row in table.Rows(cancel))
        {
            string said = encoded?.Of(row) ?? "";
            string[] labels = labelAt is { } at ? Split(InputTable.Value(row, at), separator) : [];
            if (label is not null && separator is null && labels.Length == 0) table.Unusable.Add(row.Number, "it has no label");
            else if (encoded is not null && string.IsNullOrWhiteSpace(said)) table.Unusable.Add(row.Number, "the text is blank");
            else
            {
                input.Rows.Add(row.Number);
                if (label is not null) input.Labels.Add(labels);
                if (encoded is not null) input.Texts!.Add(said);
                else input.Values!.Add(known?.Values(row) ?? [.. others.Select(c => InputTable.Value(row, c))]);
            }
        }

        known?.Tell();
        table.TellUnusable();
        return input.Count > 0 ? input : throw new IOException($"{table.Name}: there is no row that can be used");
    }

    private static ClassifyInput OfVectors(string file, string? label, string? labelFile, string? separator, CancellationToken cancel)
    {
        if (label is not null && labelFile is null) throw new ArgumentException($"{file} holds vectors: name the table of their labels with --labels");
        var input = new ClassifyInput(file, new UnusableRows(file));
        if (labelFile is null)
        {
            var (usable, places) = VectorFile.ReadUsable(file, input.Unusable, cancel);
            if (usable.Count == 0) throw new IOException($"{file}: there is no row in it");
            input.Rows.AddRange(places.Select(i => i + 1L));
            input.Vectors = usable;
            return input;
        }

        var vectors = VectorFile.ReadUnchecked(file, cancel);
        if (vectors.Count == 0) throw new IOException($"{file}: there is no row in it");

        using var table = InputTable.Open(labelFile, input.Unusable);
        var used = new List<ReadOnlyMemory<float>>();
        int? at = null;
        int row = 0;
        foreach (var line in table.Rows(cancel))
        {
            at ??= table.IsTexts ? 0 : table.Column(label!);
            if (row == vectors.Count) throw new FormatException($"{labelFile} has more rows than {file}, which has {vectors.Count}");
            string[] labels = Split(InputTable.Value(line, at.Value), separator);
            if (separator is null && labels.Length == 0) table.Unusable.Add(line.Number, "it has no label");
            else if (vectors[row].Span.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) table.Unusable.Add(line.Number, "its vector holds a value that is not a finite number");
            else
            {
                input.Rows.Add(row + 1);
                input.Labels.Add(labels);
                used.Add(vectors[row]);
            }

            row++;
        }

        if (row < vectors.Count) throw new FormatException($"{labelFile} has {row} rows, {file} has {vectors.Count}");
        table.TellUnusable();
        input.Vectors = used;
        return input.Count > 0 ? input : throw new IOException($"{file}: there is no row that can be used");
    }

    /// <summary>The texts with their vectors, or the vectors of the files they name; rows whose file cannot be read are told of and left out.</summary>
    public async Task<Samples> EncodeAsync(IEmbeddingGenerator<string, Embedding<float>> encoder, bool withLayers, CancellationToken cancel)
    {
        var layers = withLayers ? new List<ReadOnlyMemory<float>>() : null;
        var vectors = Keep(await TableFile.EmbedAsync(encoder, Texts!, null, cancel, leave: (i, problem) => table!.Unusable.Add(Rows[i], problem), layers: layers));
        return Media is null ? new Samples(Texts, vectors) { Layers = layers is { Count: > 0 } ? layers : null } : new Samples(null, vectors) { Names = Texts };
    }

    /// <summary>The vectors of a table's rows; those that cannot be used are told of and left out.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Encode(TableEncoder encoder) => Keep([.. Values!.Select((values, i) =>
    {
        float[] vector = new float[encoder.Dimensions];
        if (encoder.Encode(values, vector) is not { } problem) return vector;
        table!.Unusable.Add(Rows[i], problem);
        return ReadOnlyMemory<float>.Empty;
    })]);

    /// <summary>The rows that have a vector stay.</summary>
    private List<ReadOnlyMemory<float>> Keep(IReadOnlyList<ReadOnlyMemory<float>> vectors)
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            if (!vectors[i].IsEmpty) continue;
            Rows.RemoveAt(i);
            Texts?.RemoveAt(i);
            Values?.RemoveAt(i);
            if (Labels.Count > 0) Labels.RemoveAt(i);
        }

        table!.TellUnusable();
        return Count > 0 ? [.. vectors.Where(v => !v.IsEmpty)] : throw new IOException($"{Name}: there is no row that can be used");
    }

    private static string[] Split(string label, string? separator) => separator is null
        ? string.IsNullOrWhiteSpace(label) ? [] : [label.Trim()]
        : label.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
