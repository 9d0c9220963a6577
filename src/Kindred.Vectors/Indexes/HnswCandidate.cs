namespace Kindred.Vectors.Indexes;

/// <summary>A node on the way of a search, and how near it is.</summary>
/// <param name="Score">Higher is nearer.</param>
/// <param name="Mark">The node; with its sign bit set once its links have been followed.</param>
internal readonly record struct HnswCandidate(float Score, int Mark)
{
    public int Node => Mark & int.MaxValue;

    public bool IsFollowed => Mark < 0;

    public HnswCandidate Followed => new(Score, Mark | int.MinValue);
}
