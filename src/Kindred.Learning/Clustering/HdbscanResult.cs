namespace Kindred.Learning.Clustering;

/// <summary>Clusters that <see cref="Hdbscan"/> found.</summary>
/// <param name="Labels">Shape [n]: the cluster of each row, 0 to <paramref name="Clusters"/> − 1, the largest cluster first; −1 for noise.</param>
/// <param name="Probabilities">Shape [n]: how firmly each row belongs, 0 for noise to 1 for the densest part of its cluster; 0 too for noise that was given to a cluster.</param>
/// <param name="Clusters">How many clusters there are; 0 when all is noise.</param>
/// <param name="Noise">Rows that were noise, also where they were given to a cluster.</param>
public sealed record HdbscanResult(IReadOnlyList<int> Labels, IReadOnlyList<float> Probabilities, int Clusters, int Noise);
