namespace Kindred.Learning.Classification;

/// <summary>Minimises a smooth function by limited-memory BFGS (Nocedal 1980; Liu and Nocedal 1989) with a backtracking line search.</summary>
internal static class LimitedMemoryBfgs
{
    private const int Memory = 10;

    /// <summary>Steps looked back to tell whether there is progress.</summary>
    private const int Looked = 4;

    /// <summary>The value at a point; fills the gradient.</summary>
    public delegate double Objective(float[] point, float[] gradient);

    /// <param name="point">The start; receives the minimum.</param>
    /// <param name="objective">Value and gradient.</param>
    /// <param name="precondition">Multiplies in place by a guess of the inverse of the second derivatives; null for none.</param>
    /// <param name="tolerance">Ends when the last steps together gained less than this share of the value.</param>
    /// <param name="iterations">Ends after so many steps.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The value at the minimum.</returns>
    public static double Minimise(float[] point, Objective objective, Action<float[]>? precondition, double tolerance, int iterations, CancellationToken cancel)
    {
        int n = point.Length;
        var (gradient, next, nextGradient, direction) = (new float[n], new float[n], new float[n], new float[n]);
        var history = new List<(float[] Step, float[] Change, double Rho)>(Memory);
        var alpha = new double[Memory];
        var recent = new Queue<double>();
        float scale = 1;
        double value = objective(point, gradient);
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            cancel.ThrowIfCancellationRequested();
            if (Largest(gradient) <= 1e-9) break;
            Direct();
            double slope = Dot(direction, gradient);
            if (slope >= 0)
            {
                history.Clear();
                Direct();
                slope = Dot(direction, gradient);
            }

            // the first step has no scale yet
            double step = history.Count > 0 || precondition is not null ? 1 : Math.Min(1, 1 / Math.Sqrt(-slope));
            double nextValue = 0;
            bool better = false;
            for (int trial = 0; trial < 30 && !better; trial++)
            {
                for (int i = 0; i < n; i++) next[i] = (float)(point[i] + (step * direction[i]));
                nextValue = objective(next, nextGradient);
                better = nextValue <= value + (1e-4 * step * slope);
                if (!better) step *= double.IsFinite(nextValue) ? Math.Clamp(-slope * step / (2 * (nextValue - value - (slope * step))), 0.1, 0.5) : 0.1;
            }

            if (!better) break;
            Remember();
            recent.Enqueue(value);
            value = nextValue;
            next.CopyTo(point, 0);
            nextGradient.CopyTo(gradient, 0);
            if (recent.Count > Looked && recent.Dequeue() - value <= tolerance * Math.Abs(value)) break;
        }

        return value;

        void Direct()
        {
            for (int i = 0; i < n; i++) direction[i] = -gradient[i];
            for (int h = history.Count - 1; h >= 0; h--)
            {
                alpha[h] = history[h].Rho * Dot(history[h].Step, direction);
                Add(direction, history[h].Change, -alpha[h]);
            }

            precondition?.Invoke(direction);
            if (history.Count > 0)
                for (int i = 0; i < n; i++) direction[i] *= scale;

            for (int h = 0; h < history.Count; h++) Add(direction, history[h].Step, alpha[h] - (history[h].Rho * Dot(history[h].Change, direction)));
        }

        void Remember()
        {
            var (step, change, _) = history.Count == Memory ? history[0] : (new float[n], new float[n], 0);
            for (int i = 0; i < n; i++) (step[i], change[i]) = (next[i] - point[i], nextGradient[i] - gradient[i]);
            double curvature = Dot(step, change);
            if (curvature <= 1e-12 * Dot(change, change)) return;
            if (history.Count == Memory) history.RemoveAt(0);
            history.Add((step, change, 1 / curvature));
            float[] turned = [.. change];
            precondition?.Invoke(turned);
            scale = (float)(curvature / Dot(change, turned));
        }
    }

    private static double Largest(float[] x)
    {
        float largest = 0;
        foreach (float v in x) largest = Math.Max(largest, Math.Abs(v));
        return largest;
    }

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        // parts in float, their sum in double
        double sum = 0;
        for (; x.Length > 0; x = x[Math.Min(4096, x.Length)..], y = y[Math.Min(4096, y.Length)..])
            sum += Vectors.Metrics.Metric.Dot(x[..Math.Min(4096, x.Length)], y[..Math.Min(4096, y.Length)]);
        return sum;
    }

    private static void Add(float[] to, float[] from, double times)
    {
        var t = new System.Numerics.Vector<float>((float)times);
        int i = 0, width = System.Numerics.Vector<float>.Count;
        for (; i <= to.Length - width; i += width)
            (new System.Numerics.Vector<float>(to, i) + (t * new System.Numerics.Vector<float>(from, i))).CopyTo(to, i);
        for (; i < to.Length; i++) to[i] += (float)times * from[i];
    }
}
