namespace Kindred.Vectors.Indexes;

/// <summary>
/// The best hit of each of the best groups, such as the best passage of each document: a search for more and more neighbours, until enough different groups
/// are among them. Neighbours come nearest first, so what stands before the last of them is settled.
/// </summary>
internal static class GroupSearch
{
    /// <summary>Neighbours of the first round for each group wanted, and how much wider each further round is.</summary>
    private const int Widening = 4;

    private const int Fewest = 32;

    public delegate int Nearest(ReadOnlySpan<float> query, Span<Neighbor> hits);

    /// <param name="nearest">Fills hits, nearest first; fewer than there is room for when there are no more.</param>
    /// <param name="count">How many vectors there are.</param>
    /// <param name="query">Shape [dimensions].</param>
    /// <param name="hits">Receives one hit a group.</param>
    /// <param name="groupOf">The group of an id.</param>
    public static int Run(Nearest nearest, long count, ReadOnlySpan<float> query, Span<Neighbor> hits, Func<long, long> groupOf)
    {
        ArgumentNullException.ThrowIfNull(groupOf);
        var groups = new HashSet<long>();
        long room = Math.Max(Fewest, (long)Widening * hits.Length);
        while (true)
        {
            var around = new Neighbor[(int)Math.Min(Math.Min(room, count), Array.MaxLength)];
            int found = nearest(query, around), filled = 0;
            if (hits.IsEmpty) return 0;
            groups.Clear();
            for (int i = 0; i < found; i++)
            {
                if (!groups.Add(groupOf(around[i].Id))) continue;
                hits[filled++] = around[i];
                if (filled == hits.Length) return filled;
            }

            if (found < around.Length || around.Length == count) return filled;
            room *= Widening;
        }
    }
}
