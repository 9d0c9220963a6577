using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Anomalies;

/// <summary>Rows side by side in memory, shape [count, dimensions].</summary>
internal sealed class Rows(float[] values, int dimensions)
{
    public float[] Values => values;

    public int Dimensions => dimensions;

    public int Count => values.Length / dimensions;

    public ReadOnlySpan<float> this[int index] => values.AsSpan(index * dimensions, dimensions);

    /// <summary>The nearest rows, nearest first. One row equal to the query counts as the query itself, so that a row of the training set scores as
    /// if it were not in it, whoever asks.</summary>
    /// <param name="query">Shape [dimensions].</param>
    /// <param name="members">The rows to look at; empty for all.</param>
    /// <param name="distances">Receives the distances; its length is k.</param>
    /// <param name="indices">Receives the rows.</param>
    /// <returns>How many were found.</returns>
    public int Nearest(ReadOnlySpan<float> query, ReadOnlySpan<int> members, Span<float> distances, Span<int> indices)
    {
        int found = 0, k = distances.Length, n = members.IsEmpty ? Count : members.Length;
        bool self = false;
        for (int i = 0; i < n; i++)
        {
            int at = members.IsEmpty ? i : members[i];
            float distance = Math.Min(Metric.SquaredL2(query, this[at]), float.MaxValue);
            if (distance == 0 && !self)
            {
                self = true;
                continue;
            }

            if (found == k && distance >= distances[k - 1]) continue;
            int place = found < k ? found++ : k - 1;
            for (; place > 0 && distances[place - 1] > distance; place--) (distances[place], indices[place]) = (distances[place - 1], indices[place - 1]);
            (distances[place], indices[place]) = (distance, at);
        }

        for (int i = 0; i < found; i++) distances[i] = MathF.Sqrt(distances[i]);
        return found;
    }
}
