using Kindred.Vectors.Files;

namespace Kindred.Learning.Recommendation;

/// <summary>
/// EASE (Steck 2019): the linear model of items from items with zero diagonal that is best by ridge regression, in closed form: B = -P/diag(P) off the
/// diagonal, P = (XᵀX + λI)⁻¹. With fewer users than items, P = (I - XᵀK⁻¹X)/λ with K = XXᵀ + λI, so only the smaller matrix is ever made.
/// </summary>
internal sealed class EaseModel : IItemModel
{
    /// <summary>Above this the smaller side's matrix takes too much memory: 8 bytes times its square, twice.</summary>
    public const int Most = 12_000;

    private readonly int _items;

    // B row by row, or null; else K⁻¹, the diagonal of λP and who liked what
    private readonly float[]? _weights;
    private readonly float[] _inverse = [];
    private readonly float[] _diagonal = [];
    private readonly InteractionTable? _table;
    private readonly ItemEvents? _events;

    public EaseModel(int items, float[] weights) => (_items, _weights) = (items, weights);

    public EaseModel(InteractionTable table, ItemEvents events, float[] inverse, float[] diagonal)
    {
        (_items, _table, _events, _inverse, _diagonal) = (table.Items.Count, table, events, inverse, diagonal);
    }

    /// <exception cref="ArgumentException">Both users and items are more than <see cref="Most"/>.</exception>
    public static EaseModel Train(InteractionTable table, ItemEvents events, double lambda, CancellationToken cancel = default)
    {
        int users = table.Users.Count, items = table.Items.Count;
        if (Math.Min(users, items) > Most)
            throw new ArgumentException($"EASE needs a matrix of {Math.Min(users, items)} × {Math.Min(users, items)} numbers; {Most} is the most. Take als, which grows with the events alone.", nameof(table));
        return items <= users ? ByItems(table, items, lambda, cancel) : ByUsers(table, events, users, lambda, cancel);
    }

    private static EaseModel ByItems(InteractionTable table, int n, double lambda, CancellationToken cancel)
    {
        double[] gram = new double[n * n];
        for (int u = 0; u < table.Users.Count; u++)
        {
            int[] liked = Profile.Of(table, u, double.PositiveInfinity).Items;
            foreach (int i in liked)
                foreach (int j in liked) gram[(i * n) + j]++;
        }

        for (int i = 0; i < n; i++) gram[(i * n) + i] += lambda;
        double[] p = Cholesky.Inverse(gram, n, cancel);
        float[] weights = new float[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) weights[(i * n) + j] = i == j ? 0 : (float)(-p[(i * n) + j] / p[(j * n) + j]);
        return new(n, weights);
    }

    private static EaseModel ByUsers(InteractionTable table, ItemEvents events, int m, double lambda, CancellationToken cancel)
    {
        double[] gram = new double[m * m];
        for (int i = 0; i < table.Items.Count; i++)
        {
            var users = events.UsersOf(i);
            foreach (int u in users)
                foreach (int v in users) gram[(u * m) + v]++;
        }

        for (int u = 0; u < m; u++) gram[(u * m) + u] += lambda;
        double[] inverse = Cholesky.Inverse(gram, m, cancel);
        float[] diagonal = new float[table.Items.Count];
        for (int i = 0; i < diagonal.Length; i++)
        {
            double taken = 0;
            var users = events.UsersOf(i);
            foreach (int u in users)
                foreach (int v in users) taken += inverse[(u * m) + v];
            diagonal[i] = (float)(1 - taken);
        }

        return new(table, events, Array.ConvertAll(inverse, v => (float)v), diagonal);
    }

    public void Score(in Profile profile, Span<float> scores)
    {
        scores.Clear();
        if (_weights is not null)
        {
            for (int p = 0; p < profile.Items.Length; p++) Cholesky.AddScaled(profile.Weights[p], _weights.AsSpan(profile.Items[p] * _items, _items), scores);
            return;
        }

        int m = _table!.Users.Count;
        float[] liking = new float[m], through = new float[m];
        for (int p = 0; p < profile.Items.Length; p++)
            foreach (int u in _events!.UsersOf(profile.Items[p])) liking[u] += profile.Weights[p];
        for (int u = 0; u < m; u++)
            if (liking[u] != 0) Cholesky.AddScaled(liking[u], _inverse.AsSpan(u * m, m), through);
        for (int u = 0; u < m; u++)
        {
            var items = _table.ItemsOf(u);
            var weights = _table.WeightsOf(u);
            for (int e = 0; e < items.Length; e++) scores[items[e]] += weights[e] * through[u];
        }

        for (int i = 0; i < scores.Length; i++) scores[i] /= _diagonal[i];

        // the sum above holds for each item's own column too, which is zero by definition
        for (int p = 0; p < profile.Items.Length; p++) scores[profile.Items[p]] -= profile.Weights[p] * Through(profile.Items[p], profile.Items[p]) / _diagonal[profile.Items[p]];
    }

    public float Contribution(int liked, int item)
    {
        if (liked == item) return 0;
        return _weights is not null ? _weights[(liked * _items) + item] : Through(liked, item) / _diagonal[item];
    }

    public IEnumerable<SafetensorsTensor> Tensors() => _weights is not null
        ? [new("ease.weights", _weights, _items, _items)]
        : [new("ease.inverse", _inverse, _table!.Users.Count, _table.Users.Count), new("ease.diagonal", _diagonal)];

    // (XᵀK⁻¹X)ij
    private float Through(int i, int j)
    {
        double sum = 0;
        int m = _table!.Users.Count;
        foreach (int u in _events!.UsersOf(i))
            foreach (int v in _events.UsersOf(j)) sum += _inverse[(u * m) + v];
        return (float)sum;
    }
}
