namespace Kindred.Models.Encoders;

/// <summary>Groups texts of like length, so that little is padded: padding costs as much as text.</summary>
internal static class BatchPlan
{
    /// <summary>
    /// The most tokens of a batch, padding counted. Measured on MiniLM (docs of this folder): the rate has levelled off at 256 to 512 tokens,
    /// and what a layer writes then still fits a core's cache; a batch of one text may be longer.
    /// </summary>
    internal const int MaxTokens = 512;

    /// <summary>A text joins a batch if padding stays below one token in this many.</summary>
    private const int PaddingShare = 8;

    /// <summary>Plans the batches, the longest texts first, so that the last to finish are short.</summary>
    /// <param name="lengths">Tokens of each text.</param>
    /// <returns>Indices of texts; within a batch the first is the longest.</returns>
    public static List<ArraySegment<int>> Of(int[] lengths)
    {
        int[] order = new int[lengths.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) => lengths[a] != lengths[b] ? lengths[b] - lengths[a] : a - b);

        var batches = new List<ArraySegment<int>>();
        for (int start = 0; start < order.Length;)
        {
            int longest = lengths[order[start]], end = start + 1;
            for (int padding = 0; end < order.Length; end++)
            {
                padding += longest - lengths[order[end]];
                int tokens = (end - start + 1) * longest;
                if (tokens > MaxTokens || padding * PaddingShare > tokens) break;
            }

            batches.Add(new ArraySegment<int>(order, start, end - start));
            start = end;
        }

        return batches;
    }
}
