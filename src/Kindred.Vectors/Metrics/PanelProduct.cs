namespace Kindred.Vectors.Metrics;

/// <summary>Rows times a panel of sixteen columns, shape [depth][16] as <see cref="QueryTile"/> reads it: what products of matrices are made of.</summary>
internal static unsafe class PanelProduct
{
    /// <summary>Of long sums so much at a time: a panel's part and eight rows' fit the first cache.</summary>
    private const int Depth = 512;

    /// <param name="left">Shape [end, depth].</param>
    /// <param name="first">The first row to multiply.</param>
    /// <param name="end">The row to stop at.</param>
    /// <param name="depth">Length of a sum.</param>
    /// <param name="panel">Shape [depth, 16].</param>
    /// <param name="to">Receives sixteen sums for each row; row i's begin at i · stride.</param>
    /// <param name="stride">From row to row in what is received.</param>
    /// <param name="add">Whether what stands there stays.</param>
    public static void Multiply(float* left, int first, int end, int depth, float* panel, float* to, int stride, bool add = false)
    {
        int tile = QueryTile.Rows;
        float** rows = stackalloc float*[QueryTile.MostRows];
        float* sums = stackalloc float[QueryTile.MostRows * QueryTile.Queries];
        for (int i = first; i < end; i += tile)
        {
            int there = Math.Min(tile, end - i);
            for (int d = 0; d < depth; d += Depth)
            {
                for (int r = 0; r < tile; r++) rows[r] = left + ((long)Math.Min(i + r, end - 1) * depth) + d;
                QueryTile.Fold<DotStep>(panel + ((long)d * QueryTile.Queries), rows, Math.Min(Depth, depth - d), sums);
                for (int r = 0; r < there; r++)
                {
                    float* target = to + ((long)(i + r) * stride), sum = sums + (r * QueryTile.Queries);
                    bool onTop = d > 0 || add;
                    for (int c = 0; c < QueryTile.Queries; c++) target[c] = onTop ? target[c] + sum[c] : sum[c];
                }
            }
        }
    }
}
