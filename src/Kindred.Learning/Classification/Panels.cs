using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Classification;

/// <summary>
/// A matrix cut into panels of sixteen columns, shape [panels][rows][16], zeros where the last panel has none. What <see cref="QueryTile"/> reads and
/// writes is of this shape, so scores go from one product into the next as they are.
/// </summary>
internal sealed unsafe class Panels
{
    public const int Lanes = QueryTile.Queries;

    /// <summary>Rows of a piece of work: what it reads stays in the cache.</summary>
    private const int Piece = 512;

    /// <summary>Fewer multiplications than this are done sooner than threads are called.</summary>
    private const long Little = 1 << 20;

    public Panels(int rows, int columns)
        : this(rows, columns, new float[checked((columns + Lanes - 1) / Lanes * rows * Lanes)])
    {
    }

    public Panels(int rows, int columns, float[] values) => (Rows, Columns, Count, Values) = (rows, columns, (columns + Lanes - 1) / Lanes, values);

    public int Rows { get; }

    public int Columns { get; }

    public int Count { get; }

    public float[] Values { get; }

    public ref float this[int row, int column] => ref Values[(((column / Lanes) * Rows) + row) * Lanes + (column % Lanes)];

    /// <summary>The rows of a matrix as columns of panels.</summary>
    public static Panels OfRows(DenseRows rows)
    {
        var panels = new Panels(rows.Width, rows.Count);
        Parallel.For(0, panels.Count, p =>
        {
            for (int c = p * Lanes; c < Math.Min(rows.Count, (p + 1) * Lanes); c++)
            {
                var row = rows[c];
                for (int j = 0; j < row.Length; j++) panels.Values[((p * rows.Width) + j) * Lanes + (c - (p * Lanes))] = row[j];
            }
        });
        return panels;
    }

    /// <summary>this = left · right: every row of one with every column of the other.</summary>
    /// <param name="left">Shape [Rows, right.Rows].</param>
    /// <param name="right">Shape [left.Width, Columns].</param>
    public void Multiply(DenseRows left, Panels right)
    {
        if (left.Count != Rows || left.Width != right.Rows || right.Columns != Columns) throw new ArgumentException($"[{left.Count}, {left.Width}] times [{right.Rows}, {right.Columns}] is not [{Rows}, {Columns}].");
        int pieces = (Rows + Piece - 1) / Piece;
        if ((long)Rows * left.Width * Count * Lanes <= Little)
            for (int work = 0; work < pieces * Count; work++) Part(work);
        else Parallel.For(0, pieces * Count, Part);

        void Part(int work) => Multiply(left, right, work / pieces, work % pieces * Piece, Math.Min(Rows, ((work % pieces) + 1) * Piece));
    }

    private void Multiply(DenseRows left, Panels right, int panel, int first, int end)
    {
        int tile = QueryTile.Rows, depth = left.Width;
        float** rows = stackalloc float*[QueryTile.MostRows];
        float* sums = stackalloc float[QueryTile.MostRows * Lanes];
        fixed (float* from = left.Values, with = right.Values, to = Values)
        {
            float* columns = with + ((long)panel * depth * Lanes), target = to + ((long)panel * Rows * Lanes);
            for (int i = first; i < end; i += tile)
            {
                int there = Math.Min(tile, end - i);
                new Span<float>(target + ((long)i * Lanes), there * Lanes).Clear();
                // long sums in parts, so that sixteen columns of a part stay near
                for (int d = 0; d < depth; d += 1024)
                {
                    for (int r = 0; r < tile; r++) rows[r] = from + ((long)Math.Min(i + r, end - 1) * depth) + d;
                    QueryTile.Fold<DotStep>(columns + ((long)d * Lanes), rows, Math.Min(1024, depth - d), sums);
                    float* at = target + ((long)i * Lanes);
                    for (int s = 0; s < there * Lanes; s++) at[s] += sums[s];
                }
            }
        }
    }

    /// <summary>The columns of a row, without the padding.</summary>
    public void CopyRow(int row, Span<float> to)
    {
        for (int p = 0; p < Count; p++)
        {
            int lanes = Math.Min(Lanes, Columns - (p * Lanes));
            Values.AsSpan(((p * Rows) + row) * Lanes, lanes).CopyTo(to[(p * Lanes)..]);
        }
    }

    public DenseRows ToRows()
    {
        var rows = new DenseRows(Rows, Columns);
        for (int i = 0; i < Rows; i++) CopyRow(i, rows[i]);
        return rows;
    }
}
