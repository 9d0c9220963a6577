using Kindred.Vectors.Files;

namespace Kindred.Learning.Recommendation;

/// <summary>Says how much a user is likely to want each item. Trained models do not change; any thread may ask.</summary>
internal interface IItemModel
{
    /// <summary>Fills in a score an item; 0 where nothing is known. Scores of different models have different scales.</summary>
    void Score(in Profile profile, Span<float> scores);

    /// <summary>How much having <paramref name="liked"/> adds to the score of <paramref name="item"/>, for a weight of 1.</summary>
    float Contribution(int liked, int item);

    /// <summary>The arrays that make the model again.</summary>
    IEnumerable<SafetensorsTensor> Tensors();
}
