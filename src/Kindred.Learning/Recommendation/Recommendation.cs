namespace Kindred.Learning.Recommendation;

/// <summary>An item for a user, or beside another item.</summary>
/// <param name="Item">Its name.</param>
/// <param name="Score">Greater is better; only comparable within one list.</param>
/// <param name="Why">What speaks for it.</param>
public sealed record Recommendation(string Item, float Score, string Why);
