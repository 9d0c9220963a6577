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
        fixed (float* rows = left.Values, with = right.Values, sums = Values)
            PanelProduct.Multiply(rows, first, end, left.Width, with + ((long)panel * left.Width * Lanes), sums + ((long)panel * Rows * Lanes), Lanes);
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
