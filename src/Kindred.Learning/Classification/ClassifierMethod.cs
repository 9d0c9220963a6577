namespace Kindred.Learning.Classification;

/// <summary>How a <see cref="Classifier"/> looks at its rows.</summary>
public enum ClassifierMethod
{
    /// <summary>Words, characters and vectors, each by its own learner, weighed against each other by cross-validation.</summary>
    Auto,

    /// <summary>Logistic regression on the vectors.</summary>
    Logistic,

    /// <summary>The votes of the nearest rows.</summary>
    Knn,

    /// <summary>The nearest class by its mean.</summary>
    Centroid,

    /// <summary>Words and characters only.</summary>
    Words,

    /// <summary>Boosted trees on the vectors' components.</summary>
    Boosting,
}
