using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Pairs;

/// <summary>Every row of one list times every row of another, a tile at a time, so that memory does not grow with their product.</summary>
internal static unsafe class CosineScan
{
    /// <summary>Rows of the first list taken together, so that a piece of the second is read from the cache.</summary>
    public const int Group = 4 * QueryTile.Queries;

    /// <summary>Rows of a piece of the second list.</summary>
    private const int Piece = 256;

    /// <summary>What to do with the products of up to sixteen rows of the first list and a row of the second.</summary>
    /// <param name="a">The first of the sixteen.</param>
    /// <param name="b">The row of the second list.</param>
    /// <param name="products">Shape [at most 16].</param>
    public delegate void Visit(int a, int b, ReadOnlySpan<float> products);

    /// <summary>Rows scaled to length 1 in one array; zero rows stay zero.</summary>
    public static float[] Normalized(IReadOnlyList<ReadOnlyMemory<float>> rows, int d)
    {
        float[] all = RowMatrix.Copy(rows, d);
        for (int i = 0; i < rows.Count; i++) Metric.Normalize(all.AsSpan(i * d, d));
        return all;
    }

    /// <summary>Products of a group of rows of <paramref name="a"/> with the rows of <paramref name="b"/> from one on.</summary>
    /// <param name="a">Shape [n, d].</param>
    /// <param name="first">The first row of the group.</param>
    /// <param name="count">Rows of the group, at most <see cref="Group"/>.</param>
    /// <param name="b">Shape [m, d].</param>
    /// <param name="from">The first row of b.</param>
    /// <param name="d">Components of a row.</param>
    /// <param name="visit">Called for each row of b and each sixteen of the group.</param>
    public static void Run(float[] a, int first, int count, float[] b, int from, int d, Visit visit)
    {
        int m = b.Length / d, tiles = (count + QueryTile.Queries - 1) / QueryTile.Queries, tileFloats = d * QueryTile.Queries, step = QueryTile.Rows;
        float* packed = (float*)NativeMemory.AlignedAlloc(checked((nuint)tiles * (nuint)tileFloats * sizeof(float)), 64);
        try
        {
            new Span<float>(packed, tiles * tileFloats).Clear();
            for (int q = 0; q < count; q++)
            {
                float* to = packed + (q / QueryTile.Queries * (nint)tileFloats) + (q % QueryTile.Queries);
                for (int j = 0; j < d; j++) to[(nint)j * QueryTile.Queries] = a[((first + q) * d) + j];
            }

            float* sums = stackalloc float[QueryTile.MostRows * QueryTile.Queries];
            float** rows = stackalloc float*[QueryTile.MostRows];
            fixed (float* all = b)
            {
                for (int piece = from; piece < m; piece += Piece)
                {
                    int end = Math.Min(m, piece + Piece);
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        int start = first + (tile * QueryTile.Queries), width = Math.Min(QueryTile.Queries, first + count - start);
                        for (int row = piece; row < end; row += step)
                        {
                            // where fewer are left the last one stands in for the rest
                            for (int r = 0; r < step; r++) rows[r] = all + ((nint)Math.Min(row + r, end - 1) * d);
                            QueryTile.Fold<DotStep>(packed + ((nint)tile * tileFloats), rows, d, sums);
                            for (int r = 0; r < step && row + r < end; r++) visit(start, row + r, new ReadOnlySpan<float>(sums + (r * QueryTile.Queries), width));
                        }
                    }
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(packed);
        }
    }
}
