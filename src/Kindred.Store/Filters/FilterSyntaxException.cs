using System.Globalization;

namespace Kindred.Store.Filters;

/// <summary>A filter that cannot be understood.</summary>
/// <param name="problem">What is wrong.</param>
/// <param name="position">Where, in UTF-16 units from the start of the filter.</param>
public sealed class FilterSyntaxException(string problem, int position)
    : FormatException(string.Create(CultureInfo.InvariantCulture, $"filter, character {position + 1}: {problem}"))
{
    /// <summary>Where the fault is, in UTF-16 units from the start.</summary>
    public int Position { get; } = position;

    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; } = problem;
}
