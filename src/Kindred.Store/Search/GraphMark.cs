namespace Kindred.Store.Search;

/// <summary>A place in the history of a store, from which a graph is brought up to date.</summary>
/// <param name="Highest">The highest chunk id it knows.</param>
/// <param name="Removal">The last line of the removal log it knows.</param>
internal readonly record struct GraphMark(long Highest, long Removal);
