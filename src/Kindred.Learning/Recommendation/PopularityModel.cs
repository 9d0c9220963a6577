using Kindred.Vectors.Files;

namespace Kindred.Learning.Recommendation;

/// <summary>What many liked, everybody may like.</summary>
internal sealed class PopularityModel(ItemEvents events) : IItemModel
{
    public void Score(in Profile profile, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++) scores[i] = events.Count(i);
    }

    public float Contribution(int liked, int item) => 0;

    public IEnumerable<SafetensorsTensor> Tensors() => [];
}
