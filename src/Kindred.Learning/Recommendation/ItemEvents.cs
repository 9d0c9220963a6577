namespace Kindred.Learning.Recommendation;

/// <summary>The likes of a table seen from the items: who liked each, and at which place in the user's own order.</summary>
internal sealed class ItemEvents
{
    public ItemEvents(InteractionTable table)
    {
        int items = table.Items.Count;
        Starts = new int[items + 1];
        for (int e = 0; e < table.Count; e++)
            if (table.Weights[e] > 0) Starts[table.ItemOfEvent[e] + 1]++;
        for (int i = 0; i < items; i++) Starts[i + 1] += Starts[i];
        (Users, Events) = (new int[Starts[items]], new int[Starts[items]]);
        int[] next = Starts[..items];
        for (int u = 0; u < table.Users.Count; u++)
        {
            for (int e = table.Starts[u]; e < table.Starts[u + 1]; e++)
            {
                if (table.Weights[e] == 0) continue;
                int at = next[table.ItemOfEvent[e]]++;
                (Users[at], Events[at]) = (u, e);
            }
        }
    }

    /// <summary>Where each item's likes begin; one more for the end.</summary>
    public int[] Starts { get; }

    public int[] Users { get; }

    /// <summary>The number of each like in the table.</summary>
    public int[] Events { get; }

    public int Count(int item) => Starts[item + 1] - Starts[item];

    public ReadOnlySpan<int> UsersOf(int item) => Users.AsSpan(Starts[item]..Starts[item + 1]);
}
