namespace Kindred.Learning.Clustering;

/// <summary>A cluster of texts, described.</summary>
/// <param name="Cluster">Its label.</param>
/// <param name="Size">How many texts it has.</param>
/// <param name="Words">The words that tell it from the others, the best first; may be empty.</param>
/// <param name="Examples">The rows of the texts nearest to its centre, nearest first; none has the text of another.</param>
/// <param name="Nearest">The label of the cluster whose centre is nearest; −1 where there is no other.</param>
public sealed record Topic(int Cluster, int Size, IReadOnlyList<string> Words, IReadOnlyList<int> Examples, int Nearest)
{
    /// <summary>Its first three words, or its label where it has none.</summary>
    public string Name => Words.Count > 0 ? string.Join(", ", Words.Take(3)) : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Cluster}");
}
