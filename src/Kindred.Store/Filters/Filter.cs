namespace Kindred.Store.Filters;

/// <summary>A condition on passages, as a tree.</summary>
internal abstract record Filter
{
    private Filter()
    {
    }

    public sealed record And(IReadOnlyList<Filter> Parts) : Filter;

    public sealed record Or(IReadOnlyList<Filter> Parts) : Filter;

    public sealed record Not(Filter Part) : Filter;

    public sealed record Compare(FilterField Field, Comparison How, FilterValue Value) : Filter;

    public sealed record In(FilterField Field, IReadOnlyList<FilterValue> Values) : Filter;

    public sealed record Has(FilterField Field, FilterValue Value) : Filter;

    public sealed record Like(FilterField Field, string Pattern) : Filter;

    public sealed record Exists(FilterField Field) : Filter;
}
