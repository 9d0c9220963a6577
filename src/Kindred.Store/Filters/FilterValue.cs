namespace Kindred.Store.Filters;

/// <summary>A literal: a string, a long, a double, a bool, or null.</summary>
internal readonly record struct FilterValue(object? Value);
