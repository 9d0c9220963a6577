using System.Text;
using System.Text.Json;
using Kindred.Vectors.Files;

namespace Kindred.Learning.Classification;

/// <summary>Gathers the arrays and the settings of a model for its one file.</summary>
internal sealed class ModelWriter : IDisposable
{
    private readonly List<SafetensorsTensor> tensors = [];
    private readonly MemoryStream buffer = new();
    private readonly Utf8JsonWriter json;

    public ModelWriter()
    {
        json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
    }

    public void Add(string name, float[] values, params long[] shape) => tensors.Add(new SafetensorsTensor(name, values, shape));

    public void Add(string name, int[] values, params long[] shape) => tensors.Add(new SafetensorsTensor(name, values, shape));

    public void Add(string name, byte[] values, params long[] shape) => tensors.Add(new SafetensorsTensor(name, values, shape));

    public void Add(string name, DenseRows rows) => Add(name, rows.Values, rows.Count, rows.Width);

    /// <summary>Texts as UTF-8 and where each ends.</summary>
    public void Add(string name, IReadOnlyList<string> texts)
    {
        byte[][] bytes = [.. texts.Select(Encoding.UTF8.GetBytes)];
        int end = 0;
        Add($"{name}.ends", [.. bytes.Select(b => end = checked(end + b.Length))], texts.Count);
        Add(name, [.. bytes.SelectMany(b => b)], end);
    }

    public void Write(string name, int value) => json.WriteNumber(name, value);

    public void Write(string name, double value) => json.WriteNumber(name, value);

    public void Write(string name, string value) => json.WriteString(name, value);

    public void Write(string name, bool value) => json.WriteBoolean(name, value);

    public void Write(Action<Utf8JsonWriter> members) => members(json);

    public void Save(string path, string format)
    {
        json.WriteEndObject();
        json.Flush();
        SafetensorsFile.Write(path, new Dictionary<string, string> { ["format"] = format, ["version"] = "1", ["model"] = Encoding.UTF8.GetString(buffer.ToArray()) }, tensors);
    }

    public void Dispose()
    {
        json.Dispose();
        buffer.Dispose();
    }
}
