using Kindred.Vectors.Metrics;

namespace Kindred.Models.Tuning;

/// <summary>Products of matrices that stand row by row. The right one is first cut into panels of sixteen columns, shape [panels][depth][16], as <see cref="QueryTile"/> reads them.</summary>
internal static unsafe class Products
{
    public const int Lanes = QueryTile.Queries;

    /// <summary>Rows of a piece of work: what it reads stays in a core's cache.</summary>
    private const int Piece = 256;

    /// <summary>Cuts a matrix of shape [depth, columns] into panels.</summary>
    public static void Pack(float[] from, int depth, int columns, float[] to) => Parallel.For(0, columns / Lanes, p =>
    {
        for (int d = 0; d < depth; d++) from.AsSpan((d * columns) + (p * Lanes), Lanes).CopyTo(to.AsSpan(((p * depth) + d) * Lanes));
    });

    /// <summary>Cuts a matrix of shape [columns, depth], turned, into panels.</summary>
    public static void PackTurned(float[] from, int depth, int columns, float[] to) => Parallel.For(0, columns / Lanes, p =>
    {
        var panel = to.AsSpan(p * depth * Lanes, depth * Lanes);
        for (int c = 0; c < Lanes; c++)
        {
            var row = from.AsSpan(((p * Lanes) + c) * depth, depth);
            for (int d = 0; d < row.Length; d++) panel[(d * Lanes) + c] = row[d];
        }
    });

    /// <summary>Turns a matrix of shape [rows, columns].</summary>
    public static void Turn(float[] from, int rows, int columns, float[] to)
    {
        const int Block = 32;
        Parallel.For(0, (columns + Block - 1) / Block, block =>
        {
            int first = block * Block, end = Math.Min(columns, first + Block);
            for (int i0 = 0; i0 < rows; i0 += Block)
                for (int j = first; j < end; j++)
                    for (int i = i0; i < Math.Min(i0 + Block, rows); i++) to[((long)j * rows) + i] = from[((long)i * columns) + j];
        });
    }

    /// <summary>to = left · right, or that on top of what stands there.</summary>
    /// <param name="left">Shape [rows, depth].</param>
    /// <param name="rows">How many.</param>
    /// <param name="depth">Length of a sum.</param>
    /// <param name="right">Panels of shape [depth, columns].</param>
    /// <param name="columns">A multiple of <see cref="Lanes"/>.</param>
    /// <param name="to">Shape [rows, columns].</param>
    /// <param name="add">Whether what stands there stays.</param>
    public static void Multiply(float[] left, int rows, int depth, float[] right, int columns, float[] to, bool add = false)
    {
        int panels = columns / Lanes, pieces = (rows + Piece - 1) / Piece;
        Parallel.For(0, pieces * panels, work => Part(left, depth, right, work % panels, columns, to, add, work / panels * Piece, Math.Min(rows, ((work / panels) + 1) * Piece)));
    }

    private static void Part(float[] left, int depth, float[] right, int panel, int columns, float[] to, bool add, int first, int end)
    {
        fixed (float* rows = left, with = right, sums = to)
            PanelProduct.Multiply(rows, first, end, depth, with + ((long)panel * depth * Lanes), sums + (panel * Lanes), columns, add);
    }
}
