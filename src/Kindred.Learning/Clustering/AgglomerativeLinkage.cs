namespace Kindred.Learning.Clustering;

/// <summary>How far two clusters are from each other.</summary>
public enum AgglomerativeLinkage
{
    /// <summary>By how much joining them raises the sum of squared distances to the means (Ward 1963); heights are √(2·a·b/(a + b)) times the distance of the means.</summary>
    Ward,

    /// <summary>The mean cosine distance, 1 − cosine, of their rows (Sokal and Michener 1958).</summary>
    AverageCosine,
}
