using System.Globalization;

namespace Kindred.Bench;

/// <summary>The settings of a run, given as --name value.</summary>
internal sealed class Settings
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public Settings(string[] args)
    {
        for (int i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length) throw new ArgumentException($"{args[i]}: settings are given as --name value.");
            _values[args[i][2..]] = args[i + 1];
        }
    }

    public int Number(string name, int otherwise) => _values.TryGetValue(name, out string? value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    public int[] Numbers(string name, string otherwise) => [.. Text(name, otherwise).Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);
}
