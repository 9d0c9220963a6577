namespace Kindred.Learning.Recommendation;

/// <summary>How good a method's lists are.</summary>
/// <param name="Method">The method.</param>
/// <param name="Description">What it consists of, as <see cref="Recommender.Description"/> says it.</param>
/// <param name="Users">On how many users' held-back likes it was measured.</param>
/// <param name="Ndcg">nDCG of the first 10 items, 0 to 1.</param>
/// <param name="Recall">The part of a user's held-back likes among the first 20, 0 to 1.</param>
/// <param name="Coverage">The part of the items liked before that stand in anybody's first 10, 0 to 1.</param>
/// <param name="Novelty">The mean over the first 10 of -log₂ of the part of the users who liked the item, in bits.</param>
/// <param name="Diversity">The mean over pairs of the first 10 of 1 - cosine of the items' ALS vectors.</param>
public sealed record RecommenderScore(RecommenderMethod Method, string Description, int Users, double Ndcg, double Recall, double Coverage, double Novelty, double Diversity);
