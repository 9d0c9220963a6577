using Kindred.Learning.Anomalies;
using Kindred.Learning.Tables;

namespace Kindred.Learning.Classification;

public sealed partial class Classifier
{
    private const string Format = "kindred.classifier";

    /// <summary>Writes it to one file, beside its place first; see docs/formats/classifier.md.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path)
    {
        using var writer = new ModelWriter();
        writer.Write("several", many);
        writer.Write("nearestOnly", NearestOnly);
        writer.Write("labelSeparator", LabelSeparator);
        writer.Write("dimensions", dimensions);
        writer.Write("scale", scale);
        writer.Write("layers", layers);
        writer.Write("layerScale", layerScale);
        writer.Write("tunedDimensions", tunedDimensions);
        writer.Write("outsideLabel", OutsideLabel);
        writer.Write("outside", outside);
        writer.Write("encoder", Encoder);
        writer.Write("views", string.Join(' ', views.Select(v => v.Name)));
        writer.Write("detector", detector is not null);
        writer.Write("terms", terms is not null);
        writer.Write("table", Table is not null);
        if (Table is not null) writer.Write(json => ColumnsJson.Write(json, Table.Columns));
        writer.Write("rows", kept is not null);
        writer.Add("labels", labels);
        writer.Add("weights", blend.Weights, blend.Weights.Length);
        writer.Add("intercepts", blend.Intercepts, blend.Intercepts.Length);
        writer.Add("offsets", offsets, offsets.Length);
        terms?.Save(writer);
        foreach (var view in views) view.Save(writer);
        detector?.Save(writer);
        if (tunedDimensions > 0) writer.Add("tuning", Tuning.ToArray(), Tuning.Length);
        if (kept is not null)
        {
            writer.Write("keptTexts", kept.Texts is not null);
            writer.Write("keptNumbers", kept.Numbers is not null);
            LabelSets.Save(writer, "kept", kept.Labels);
            if (kept.Texts is not null) writer.Add("kept.texts", kept.Texts);
            if (kept.Vectors is not null) writer.Add("kept.vectors", kept.Vectors);
            if (kept.Numbers is not null) writer.Add("kept.numbers", kept.Numbers, kept.Numbers.Length);
        }

        writer.Save(path, Format);
    }

    /// <summary>Opens a file that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="Vectors.Files.VectorFileException">It is no classifier, or broken.</exception>
    public static Classifier Open(string path)
    {
        using var reader = new ModelReader(path, Format);
        string[] labels = reader.Texts("labels");
        int dimensions = reader.Integer("dimensions", 0, 1 << 20), outside = reader.Integer("outside", -1, labels.Length - 1);
        if (labels.Length is < 1 or > MostClasses) throw reader.Wrong($"labels: {labels.Length} are outside 1 to {MostClasses}");
        var terms = reader.Flag("terms") ? TermFeatures.Load(reader) : null;
        var table = reader.Flag("table") ? LoadTable(reader, dimensions) : null;
        float scale = (float)reader.Number("scale");
        int layers = reader.Integer("layers", 0, 1 << 20);
        float layerScale = (float)reader.Number("layerScale");
        int tunedDimensions = reader.Has("tunedDimensions") ? reader.Integer("tunedDimensions", 0, 1 << 20) : 0;   // files of earlier versions have none
        string[] names = reader.Text("views").Split(' ');
        View[] views = [.. names.Select(name => LoadView(reader, name, dimensions, layers, tunedDimensions, terms, labels.Length, table, scale))];
        KeptRows? kept = null;
        if (reader.Flag("rows"))
        {
            int rows = (int)Math.Min(int.MaxValue, reader.Shape("kept.ends", 1)[0]);
            kept = new KeptRows(reader.Flag("keptTexts") ? reader.Texts("kept.texts", rows) : null, dimensions > 0 ? reader.Rows("kept.vectors", rows, dimensions) : null, LabelSets.Load(reader, "kept", rows, labels.Length),
                reader.Has("keptNumbers") && reader.Flag("keptNumbers") ? reader.File.ReadInts("kept.numbers", rows) : null);   // files of earlier versions have none
        }

        return new Classifier(labels, reader.Flag("several"), reader.Flag("nearestOnly"), reader.Text("labelSeparator"), dimensions, scale, layers, layerScale, terms, views, new Blend(reader.Singles("weights", views.Length), reader.Singles("intercepts", labels.Length)), reader.Singles("offsets", labels.Length),
            outside, reader.Flag("detector") ? OutsideDetector.Load(reader) : null, kept, reader.Text("outsideLabel"), reader.Text("encoder"), table,
            tunedDimensions, tunedDimensions > 0 ? reader.File.ReadBytes("tuning", reader.Shape("tuning", 1)[0]) : default(ReadOnlyMemory<byte>));
    }

    private static TableEncoder LoadTable(ModelReader reader, int dimensions)
    {
        TableEncoder table;
        try
        {
            table = new TableEncoder(ColumnsJson.Read(reader.Model));
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw reader.Wrong($"columns: {e.Message}");
        }

        return table.Dimensions == dimensions ? table : throw reader.Wrong($"columns: they make {table.Dimensions} dimensions, {dimensions} are due");
    }

    private static View LoadView(ModelReader reader, string name, int dimensions, int layers, int tunedDimensions, TermFeatures? terms, int classes, TableEncoder? table, float scale)
    {
        if (name is TermsView.Hinge or TermsView.Bayes && terms is not null) return TermsView.Load(reader, name, terms.Width, classes);
        if (name == KernelView.OnStyle && terms is not null) return KernelView.Load(reader, name, StyleFeatures.Width, classes);
        if (dimensions == 0) throw reader.Wrong($"views: {name} is unknown, or has nothing to read");
        return name switch
        {
            LogisticView.Kind => LogisticView.Load(reader, name, dimensions, classes),
            LogisticView.OnLayers when layers > 0 => LogisticView.Load(reader, name, layers, classes),
            KernelView.OnLayers when layers > 0 && layers % dimensions == 0 => KernelView.Load(reader, name, dimensions, classes),
            BoostingView.Kind => BoostingView.Load(reader, dimensions, classes),
            BoostingView.Pairs when table is not null => BoostingView.LoadPairs(reader, dimensions, classes, table, scale),
            TunedView.Kind when tunedDimensions > 0 => TunedView.Load(reader, tunedDimensions, classes),
            KernelView.Kind => KernelView.Load(reader, name, dimensions, classes),
            NearestView.Centroid or NearestView.Neighbors => NearestView.Load(reader, name, dimensions, classes),
            _ => throw reader.Wrong($"views: {name} is unknown"),
        };
    }
}
