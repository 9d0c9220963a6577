using System.CommandLine;
using System.Globalization;

namespace Kindred.Cli.Verbs;

/// <summary>Numbers on the command line that have a range.</summary>
internal static class Bounds
{
    /// <summary>-k: how many answers are wanted.</summary>
    public static Option<int> K(int usual, int most, string what)
    {
        var k = new Option<int>("-k") { Description = $"The most {what}, 1 to {most.ToString(CultureInfo.InvariantCulture)}.", DefaultValueFactory = _ => usual };
        Within(k, most);
        return k;
    }

    /// <summary>Refuses a number outside 1 to the most; what is no number the parser refuses itself.</summary>
    public static void Within(Option option, int most) => option.Validators.Add(result =>
    {
        if (result.Tokens is [.., var token] && int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && (value < 1 || value > most))
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} {value} is outside 1 to {most}"));
    });
}
