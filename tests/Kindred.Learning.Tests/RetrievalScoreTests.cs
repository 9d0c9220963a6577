using Kindred.Learning.Evaluation;

namespace Kindred.Learning.Tests;

public sealed class RetrievalScoreTests
{
    [Fact]
    public void Ndcg_is_what_one_reckons_by_hand()
    {
        // found: gains 3, 0, 2; judged 3, 2, 1. DCG = 3/1 + 2/2; ideal = 3/1 + 2/log2(3) + 1/2
        double expected = 4.0 / (3 + (2 / Math.Log2(3)) + 0.5);
        Assert.Equal(expected, RetrievalScore.Ndcg([3, 0, 2], [1, 3, 2], 10), 12);
        Assert.Equal(1, RetrievalScore.Ndcg([3, 2, 1, 0], [1, 2, 3], 10), 12);
        Assert.Equal(3 / (3 + (2 / Math.Log2(3))), RetrievalScore.Ndcg([3, 0, 2], [1, 3, 2], 2), 12);   // only two places count, on both sides
        Assert.Equal(0, RetrievalScore.Ndcg([], [1], 10));
        Assert.True(double.IsNaN(RetrievalScore.Ndcg([1], [], 10)));
    }

    [Fact]
    public void Recall_and_reciprocal_rank_look_at_the_first_k()
    {
        double[] gains = [0, 2, 0, 1, 4];
        Assert.Equal(2.0 / 5, RetrievalScore.Recall(gains, 5, 4), 12);
        Assert.Equal(3.0 / 5, RetrievalScore.Recall(gains, 5, 10), 12);
        Assert.Equal(0.5, RetrievalScore.ReciprocalRank(gains, 10), 12);
        Assert.Equal(0, RetrievalScore.ReciprocalRank(gains, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalScore.Ndcg([1], [1], 0));
    }
}
