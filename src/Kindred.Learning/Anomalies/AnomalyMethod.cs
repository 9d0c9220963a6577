namespace Kindred.Learning.Anomalies;

/// <summary>How <see cref="AnomalyDetector"/> tells how far out a row is.</summary>
public enum AnomalyMethod
{
    /// <summary>Several together, each brought to mean 0 and deviation 1 on the training set, and averaged: distances in small samples (with and without
    /// correlations taken out), the distance to the 5th nearest row, and ECOD of the components and of what each has
    /// beyond what the others foretell.</summary>
    Auto,

    /// <summary>The distance to the 10th nearest row (Ramaswamy et al. 2000).</summary>
    Knn,

    /// <summary>The local outlier factor of 20 neighbours (Breunig et al. 2000).</summary>
    Lof,

    /// <summary>200 isolation trees of 256 rows (Liu et al. 2008).</summary>
    IsolationForest,

    /// <summary>Mahalanobis' distance with the covariance shrunk as Ledoit and Wolf (2004) have it.</summary>
    Mahalanobis,

    /// <summary>Empirical tail probabilities of each component (ECOD, Li et al. 2022).</summary>
    Ecod,
}
