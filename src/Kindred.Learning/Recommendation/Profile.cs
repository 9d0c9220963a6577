namespace Kindred.Learning.Recommendation;

/// <summary>What a user liked, oldest first, and how much each item counts.</summary>
/// <param name="User">Its number in the table a model was trained on; -1 for somebody new.</param>
/// <param name="Items">The liked items.</param>
/// <param name="Weights">A weight an item; 1 for the latest.</param>
internal readonly record struct Profile(int User, int[] Items, float[] Weights)
{
    /// <summary>The likes of a user of the table, an event of <paramref name="halfLife"/> events ago counting half; infinity counts all alike.</summary>
    public static Profile Of(InteractionTable table, int user, double halfLife)
    {
        var items = table.ItemsOf(user);
        var weights = table.WeightsOf(user);
        var liked = new List<int>(items.Length);
        for (int e = 0; e < items.Length; e++)
            if (weights[e] > 0) liked.Add(items[e]);
        return Of(user, [.. liked], table.HasTimes ? halfLife : double.PositiveInfinity);
    }

    public static Profile Of(int user, int[] items, double halfLife)
    {
        float[] weights = new float[items.Length];
        for (int i = 0; i < weights.Length; i++) weights[i] = (float)Math.Pow(2, -(weights.Length - 1 - i) / halfLife);
        return new(user, items, weights);
    }
}
