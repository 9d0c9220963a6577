namespace Kindred.Learning.Clustering;

/// <summary>Clusters that <see cref="KMeansClustering"/> found.</summary>
/// <param name="Labels">Shape [n]: the cluster of each row, the largest cluster first.</param>
/// <param name="Centroids">Shape [clusters][d]; fewer than asked for where fewer rows differ.</param>
/// <param name="Inertia">Sum of the squared distances of the rows to their centroids.</param>
/// <param name="Iterations">Rounds of the start that was kept.</param>
public sealed record KMeansResult(IReadOnlyList<int> Labels, IReadOnlyList<float[]> Centroids, double Inertia, int Iterations);
