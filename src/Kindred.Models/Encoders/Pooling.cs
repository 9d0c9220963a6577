using System.Numerics.Tensors;
using System.Text.Json;

namespace Kindred.Models.Encoders;

/// <summary>Makes one vector of the token vectors of a text, as the Pooling module of sentence-transformers does.</summary>
internal sealed class Pooling
{
    private enum Mode
    {
        Cls,
        Max,
        Mean,
        MeanSqrt,
        Last,
    }

    /// <summary>The names in the order in which several modes are put one behind another.</summary>
    private static readonly (string Flag, string Name, Mode Mode)[] Modes =
    [
        ("pooling_mode_cls_token", "cls", Mode.Cls),
        ("pooling_mode_max_tokens", "max", Mode.Max),
        ("pooling_mode_mean_tokens", "mean", Mode.Mean),
        ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens", Mode.MeanSqrt),
        ("pooling_mode_lasttoken", "lasttoken", Mode.Last),
    ];

    private readonly Mode[] modes;

    private Pooling(Mode[] modes) => this.modes = modes;

    /// <summary>What sentence-transformers does for a folder that has no modules.json.</summary>
    public static Pooling Default { get; } = new([Mode.Mean]);

    /// <summary>How many times as long as a token's vector the result is.</summary>
    public int Parts => modes.Length;

    /// <summary>Whether it gives the mean of the tokens and no more.</summary>
    public bool IsMean => modes is [Mode.Mean];

    public static Pooling Read(string path, JsonElement root)
    {
        if (!root.Flag(path, "include_prompt", true)) throw new ModelFormatException(path, "include_prompt", "false is not known here");
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (root.Get(path, "pooling_mode") is { } given)
        {
            if (given.ValueKind == JsonValueKind.Array) names.UnionWith(given.EnumerateArray().Select(m => m.GetString() ?? ""));
            else names.UnionWith((given.GetString() ?? "").Split(['+', ',', ' '], StringSplitOptions.RemoveEmptyEntries));
        }
        else
        {
            foreach (var property in root.EnumerateObject())
            {
                if (property.Name.StartsWith("pooling_mode_", StringComparison.Ordinal) && root.Flag(path, property.Name, false)) names.Add(property.Name);
            }
        }

        var chosen = Modes.Where(m => names.Remove(m.Flag) | names.Remove(m.Name)).Select(m => m.Mode).ToArray();
        if (names.Count > 0) throw new ModelFormatException(path, "pooling_mode", $"{string.Join(", ", names.Order(StringComparer.Ordinal))} is not known here");
        return chosen.Length > 0 ? new Pooling(chosen) : throw new ModelFormatException(path, "pooling_mode", "no mode is chosen");
    }

    /// <summary>Pools the first tokens of one text.</summary>
    /// <param name="rows">Token vectors, shape [tokens or more, width].</param>
    /// <param name="tokens">How many of the rows are the text's own, not padding.</param>
    /// <param name="width">Length of a token's vector.</param>
    /// <param name="result">Shape [Parts · width].</param>
    public void Apply(ReadOnlySpan<float> rows, int tokens, int width, Span<float> result)
    {
        foreach (var mode in modes)
        {
            var to = result[..width];
            result = result[width..];
            rows[..width].CopyTo(to);
            switch (mode)
            {
                case Mode.Cls:
                    break;
                case Mode.Last:
                    rows.Slice((tokens - 1) * width, width).CopyTo(to);
                    break;
                case Mode.Max:
                    for (int t = 1; t < tokens; t++) TensorPrimitives.Max(to, rows.Slice(t * width, width), to);
                    break;
                default:
                    for (int t = 1; t < tokens; t++) TensorPrimitives.Add(to, rows.Slice(t * width, width), to);
                    TensorPrimitives.Divide(to, mode == Mode.Mean ? tokens : MathF.Sqrt(tokens), to);
                    break;
            }
        }
    }
}
