using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

/// <summary>Options that several verbs about indexes have.</summary>
internal static class AnnOptions
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    public static Option<string> Base() => new("--base") { Description = "Your vectors: .fvecs or .npy.", Required = true };

    public static Option<double> Recall() => new("--recall")
    {
        Description = "The share of the true neighbours that is to be found, over 0 to 1.",
        DefaultValueFactory = _ => 0.95,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 1) return value;
            result.AddError($"--recall {text}: a number over 0, at most 1, is wanted");
            return 1;
        },
    };

    public static Option<string> Metric()
    {
        var option = new Option<string>("--metric") { Description = "cosine, dot or l2.", DefaultValueFactory = _ => "cosine" };
        option.AcceptOnlyFromAmong("cosine", "dot", "l2");
        return option;
    }

    public static MetricKind Kind(string name) => name switch
    {
        "cosine" => MetricKind.Cosine,
        "dot" => MetricKind.Dot,
        _ => MetricKind.SquaredL2,
    };

    public static string Name(MetricKind metric) => metric switch
    {
        MetricKind.Cosine => "cosine",
        MetricKind.Dot => "dot",
        _ => "l2",
    };

    /// <summary>How a choice of index and quantiser is told.</summary>
    public static string Choice(string index, string quantizer) => quantizer == "none" ? index : $"{index} {quantizer}";

    /// <summary>A size such as 512MB or 2.5GB, in powers of 1,000; a plain number is bytes.</summary>
    public static double Bytes(ArgumentResult result, out bool plain)
    {
        string text = result.Tokens[^1].Value.Trim();
        int unit = Array.FindLastIndex(Units, u => text.EndsWith(u, StringComparison.OrdinalIgnoreCase));
        plain = unit < 0;
        string number = plain ? text : text[..^Units[unit].Length];
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value > 0 && value < 1e18) return value * Math.Pow(1000, Math.Max(unit, 0));
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} {text}: a size such as 512MB or 2GB is wanted");
        return 1;
    }

    /// <summary>A number of bytes for people.</summary>
    public static string Size(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1000 && unit < Units.Length - 1; unit++) bytes /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.##} {Units[unit].Replace('K', 'k')}");
    }
}
