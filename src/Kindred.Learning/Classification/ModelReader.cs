using System.Text;
using System.Text.Json;
using Kindred.Vectors.Files;

namespace Kindred.Learning.Classification;

/// <summary>Reads what <see cref="ModelWriter"/> wrote; what does not fit is a <see cref="VectorFileException"/>.</summary>
internal sealed class ModelReader : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly string path;
    private readonly JsonDocument json;

    public ModelReader(string path, string format)
    {
        this.path = path;
        File = LearntFile.Open(path, format, "1");
        try
        {
            json = JsonDocument.Parse(File.Metadata.GetValueOrDefault("model", ""));
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw Wrong("model: not an object");
        }
        catch (JsonException e)
        {
            File.Dispose();
            throw Wrong($"model: {e.Message}");
        }
        catch
        {
            File.Dispose();
            throw;
        }
    }

    public SafetensorsFile File { get; }

    public JsonElement Model => json.RootElement;

    public VectorFileException Wrong(string problem) => new(path, 0, problem);

    public string Text(string name) => Member(name, JsonValueKind.String).GetString()!;

    public bool Has(string name) => json.RootElement.TryGetProperty(name, out _);

    public bool Flag(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong($"{name}: true or false is wanted");

    public int Integer(string name, int least, int most) =>
        Member(name, JsonValueKind.Number).TryGetInt32(out int value) && value >= least && value <= most ? value : throw Wrong($"{name}: a whole number from {least} to {most} is wanted");

    public double Number(string name) => Member(name, JsonValueKind.Number).TryGetDouble(out double value) && double.IsFinite(value) ? value : throw Wrong($"{name}: a number is wanted");

    public IReadOnlyList<long> Shape(string name, int rank)
    {
        var shape = File.Describe(name).Shape;
        return shape.Count == rank ? shape : throw File.Wrong(name, $"{shape.Count} dimensions where {rank} are due");
    }

    /// <summary>Finite numbers of a shape.</summary>
    public float[] Singles(string name, params ReadOnlySpan<long> shape)
    {
        float[] values = File.ReadSingles(name, shape);
        int wrong = Array.FindIndex(values, v => !float.IsFinite(v));
        return wrong < 0 ? values : throw File.Wrong(name, $"[{wrong}] is not a finite number");
    }

    public DenseRows Rows(string name, int? count, int? width)
    {
        var shape = Shape(name, 2);
        long n = count ?? shape[0], d = width ?? shape[1];
        if (n > int.MaxValue || d > int.MaxValue || n * d > Array.MaxLength) throw File.Wrong(name, $"{n} × {d} values are more than can be kept");
        return new DenseRows(Singles(name, n, d), (int)n, (int)d);
    }

    public string[] Texts(string name, int? count = null)
    {
        long n = count ?? Shape($"{name}.ends", 1)[0], size = Shape(name, 1)[0];
        int[] ends = File.ReadInts($"{name}.ends", n);
        byte[] bytes = File.ReadBytes(name, size);
        var texts = new string[ends.Length];
        for (int i = 0, at = 0; i < ends.Length; at = ends[i++])
        {
            if (ends[i] < at || ends[i] > bytes.Length) throw File.Wrong($"{name}.ends", $"[{i}] is {ends[i]}, outside {at} to {bytes.Length}");
            try
            {
                texts[i] = Utf8.GetString(bytes, at, ends[i] - at);
            }
            catch (DecoderFallbackException)
            {
                throw File.Wrong(name, $"text {i} is not UTF-8");
            }
        }

        return texts;
    }

    public void Dispose()
    {
        json.Dispose();
        File.Dispose();
    }

    private JsonElement Member(string name, JsonValueKind kind) =>
        json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : throw Wrong($"{name}: missing, or of another kind than {kind}");
}
