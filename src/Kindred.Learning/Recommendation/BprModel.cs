using Kindred.Vectors.Files;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Recommendation;

/// <summary>Matrix factorisation by Bayesian personalised ranking (Rendle et al. 2009): stochastic gradient steps on liked-before-unliked triples.</summary>
internal sealed class BprModel(float[] users, float[] items, float[] biases, int factors) : IItemModel
{
    private const float Rate = 0.05f, Decay = 0.01f;

    /// <summary>Steps of a whole training at most.</summary>
    private const long MostSteps = 200_000_000;

    public static BprModel Train(InteractionTable table, ItemEvents events, int factors, int epochs, int seed, CancellationToken cancel = default)
    {
        var random = new Random(seed);
        int items = table.Items.Count, likes = events.Users.Length;
        float[] ofUsers = Small(table.Users.Count), ofItems = Small(items), biases = new float[items];
        var liked = new HashSet<(int, int)>(likes);
        for (int i = 0; i < items; i++)
            foreach (int u in events.UsersOf(i)) liked.Add((u, i));
        long steps = Math.Min((long)epochs * likes, MostSteps);
        float[] before = new float[factors];
        for (long step = 0; step < steps; step++)
        {
            if (step % 65536 == 0) cancel.ThrowIfCancellationRequested();
            int like = random.Next(likes), u = events.Users[like], i = table.ItemOfEvent[events.Events[like]], j = random.Next(items);
            if (liked.Contains((u, j))) continue;
            Span<float> user = ofUsers.AsSpan(u * factors, factors), better = ofItems.AsSpan(i * factors, factors), worse = ofItems.AsSpan(j * factors, factors);
            float lead = biases[i] - biases[j] + Metric.Dot(user, better) - Metric.Dot(user, worse);
            float push = Rate / (1 + MathF.Exp(lead));
            user.CopyTo(before);
            for (int f = 0; f < factors; f++)
            {
                user[f] += (push * (better[f] - worse[f])) - (Rate * Decay * user[f]);
                better[f] += (push * before[f]) - (Rate * Decay * better[f]);
                worse[f] -= (push * before[f]) + (Rate * Decay * worse[f]);
            }

            biases[i] += push - (Rate * Decay * biases[i]);
            biases[j] -= push + (Rate * Decay * biases[j]);
        }

        return new(ofUsers, ofItems, biases, factors);

        float[] Small(int rows) => [.. Enumerable.Range(0, checked(rows * factors)).Select(_ => (float)(random.NextDouble() - 0.5) / factors)];
    }

    public void Score(in Profile profile, Span<float> scores)
    {
        // somebody new lies where the items are that they liked
        float[] vector = profile.User >= 0 ? users.AsSpan(profile.User * factors, factors).ToArray() : VectorModel.Mean(profile, items, factors);
        for (int i = 0; i < scores.Length; i++) scores[i] = biases[i] + Metric.Dot(vector, items.AsSpan(i * factors, factors));
    }

    public float Contribution(int liked, int item) => Metric.Dot(items.AsSpan(liked * factors, factors), items.AsSpan(item * factors, factors));

    public IEnumerable<SafetensorsTensor> Tensors() => [new("bpr.users", users, users.Length / factors, factors), new("bpr.items", items, biases.Length, factors), new("bpr.biases", biases)];
}
