namespace Kindred.Learning.Recommendation;

/// <summary>How items are chosen for a user.</summary>
public enum RecommenderMethod
{
    /// <summary>A blend of the others, chosen on the last events of the training data.</summary>
    Auto,

    /// <summary>EASE, a linear model in closed form (Steck 2019).</summary>
    Ease,

    /// <summary>Alternating least squares for implicit feedback (Hu, Koren and Volinsky 2008).</summary>
    Als,

    /// <summary>Bayesian personalised ranking (Rendle et al. 2009).</summary>
    Bpr,

    /// <summary>Items liked by the same users.</summary>
    Knn,

    /// <summary>Items liked by the same users soon after one another; needs times.</summary>
    Sequence,

    /// <summary>Items as words, users as sentences (Barkan and Koenigstein 2016).</summary>
    Item2Vec,

    /// <summary>Items whose content is near what the user liked; needs content vectors.</summary>
    Content,

    /// <summary>What most users liked.</summary>
    Popularity,
}
