namespace Kindred.Learning.Recommendation;

/// <summary>The best items of a list of scores, and how good a list is.</summary>
internal static class Ranking
{
    /// <summary>The k items of greatest score, without some; of equal scores the earlier item first.</summary>
    public static int[] Top(ReadOnlySpan<float> scores, ReadOnlySpan<int> without, int k)
    {
        var skipped = new HashSet<int>(without.Length);
        foreach (int i in without) skipped.Add(i);
        var heap = new PriorityQueue<int, (float Score, int Item)>(Comparer<(float Score, int Item)>.Create((a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Item.CompareTo(a.Item)));
        for (int i = 0; i < scores.Length; i++)
        {
            if (heap.Count == k && scores[i] <= scores[heap.Peek()]) continue;
            if (float.IsNegativeInfinity(scores[i]) || skipped.Contains(i)) continue;
            if (heap.Count == k) heap.Dequeue();
            heap.Enqueue(i, (scores[i], i));
        }

        int[] top = new int[heap.Count];
        for (int at = top.Length - 1; at >= 0; at--) top[at] = heap.Dequeue();
        return top;
    }

    /// <summary>Discounted gain at k over the best possible one (Järvelin and Kekäläinen 2002), an item being relevant or not.</summary>
    public static double Ndcg(ReadOnlySpan<int> list, IReadOnlyCollection<int> relevant, int k)
    {
        if (relevant.Count == 0) return 0;
        var wanted = relevant.ToHashSet();
        double gain = 0, ideal = 0;
        for (int at = 0; at < Math.Min(k, list.Length); at++)
            if (wanted.Contains(list[at])) gain += 1 / Math.Log2(at + 2);
        for (int at = 0; at < Math.Min(k, wanted.Count); at++) ideal += 1 / Math.Log2(at + 2);
        return gain / ideal;
    }
}
