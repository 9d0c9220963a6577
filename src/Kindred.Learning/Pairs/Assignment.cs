namespace Kindred.Learning.Pairs;

/// <summary>
/// The assignment problem: each row one column, no column twice, with the largest sum of weights there is. Shortest augmenting paths (Jonker and Volgenant 1987, for any shape as by Crouse 2016);
/// at worst rows² · columns steps, mostly far fewer. May be called by many threads at once.
/// </summary>
public static class Assignment
{
    /// <summary>Assigns rows to columns.</summary>
    /// <param name="weights">Shape [rows, columns], finite.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="progress">Told how many of the shorter side are assigned.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>Of each row its column: shape [rows]; −1 for those that are left over where there are fewer columns.</returns>
    /// <exception cref="ArgumentException">The shape is wrong or a weight is not finite.</exception>
    public static int[] Solve(ReadOnlySpan<float> weights, int rows, int columns, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        if (rows < 0 || columns < 0 || weights.Length != (long)rows * columns) throw new ArgumentException($"There are {weights.Length} weights, not {rows} × {columns}.", nameof(weights));
        for (int i = 0; i < weights.Length; i++)
            if (!float.IsFinite(weights[i])) throw new ArgumentException($"The weight of row {i / columns} and column {i % columns} is {weights[i]}.", nameof(weights));
        if (rows <= columns) return Augment(weights, rows, columns, progress, cancel);
        float[] turned = new float[weights.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) turned[(j * rows) + i] = weights[(i * columns) + j];
        int[] columnOf = new int[rows];
        Array.Fill(columnOf, -1);
        int[] rowOf = Augment(turned, columns, rows, progress, cancel);
        for (int j = 0; j < columns; j++) columnOf[rowOf[j]] = j;
        return columnOf;
    }

    /// <summary>Weights have the shape [n, m], n at most m.</summary>
    private static int[] Augment(ReadOnlySpan<float> weights, int n, int m, IProgress<int>? progress, CancellationToken cancel)
    {
        // prices: weight(i, j) ≤ u(i) + v(j) always, equal for the pairs of the assignment
        double[] u = new double[n], v = new double[m], gap = new double[m];
        int[] columnOf = new int[n], rowOf = new int[m], from = new int[m], open = new int[m];
        Array.Fill(columnOf, -1);
        Array.Fill(rowOf, -1);
        for (int start = 0; start < n; start++)
        {
            if (start % 64 == 0)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Report(start);
            }

            // Dijkstra over the columns, by how much a path of exchanges costs
            Array.Fill(gap, double.PositiveInfinity);
            for (int j = 0; j < m; j++) open[j] = j;
            int left = m, row = start, end = -1;
            double least = 0;
            while (end < 0)
            {
                var line = weights.Slice(row * m, m);
                double reach = least + u[row], lowest = double.PositiveInfinity;
                int at = -1;
                for (int k = 0; k < left; k++)
                {
                    int j = open[k];
                    double cost = reach + v[j] - line[j];
                    if (cost < gap[j]) (gap[j], from[j]) = (cost, row);
                    if (gap[j] < lowest || (gap[j] == lowest && rowOf[j] < 0 && rowOf[open[at]] >= 0)) (lowest, at) = (gap[j], k);   // equal rows in their order
                }

                least = lowest;
                int nearest = open[at];
                (open[at], open[left - 1]) = (open[left - 1], nearest);   // the columns reached stand behind the open ones
                left--;
                if (rowOf[nearest] < 0) end = nearest;
                else row = rowOf[nearest];
            }

            u[start] -= least;
            for (int k = left; k < m; k++)
            {
                int j = open[k];
                if (j != end) u[rowOf[j]] -= least - gap[j];
                v[j] += least - gap[j];
            }

            for (int j = end; ;)
            {
                int i = from[j];
                rowOf[j] = i;
                (columnOf[i], j) = (j, columnOf[i]);
                if (i == start) break;
            }
        }

        return columnOf;
    }
}
