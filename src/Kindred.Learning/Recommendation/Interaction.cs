namespace Kindred.Learning.Recommendation;

/// <summary>One event: a user took, rated, read or heard an item.</summary>
/// <param name="User">Any text but an empty one.</param>
/// <param name="Item">Any text but an empty one.</param>
/// <param name="Rating">How much it was liked, on the data's own scale; finite.</param>
/// <param name="Time">When, in seconds since 1970 or on any other scale that grows; null when unknown, which it then is for all events.</param>
public readonly record struct Interaction(string User, string Item, double Rating = 1, double? Time = null);
