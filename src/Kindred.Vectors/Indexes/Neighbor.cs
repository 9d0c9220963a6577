namespace Kindred.Vectors.Indexes;

/// <summary>One hit of a search.</summary>
/// <param name="Id">The id under which the vector was added.</param>
/// <param name="Score">The similarity to the query: higher is nearer.</param>
public readonly record struct Neighbor(long Id, float Score);
