namespace Kindred.Learning.Recommendation;

/// <summary>One model's share in a recommender.</summary>
/// <param name="Method">Which model.</param>
/// <param name="Weight">Its weight, times scores that were scaled to mean 0 and deviation 1 over the items.</param>
/// <param name="HalfLife">An event of so many events ago counts half in a user's profile; infinity counts all alike.</param>
internal readonly record struct BlendPart(RecommenderMethod Method, double Weight, double HalfLife);
