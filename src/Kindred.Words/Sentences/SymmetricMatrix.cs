using System.Numerics;

namespace Kindred.Words.Sentences;

/// <summary>Σ x·xᵀ of many rows, and its eigenvectors.</summary>
/// <param name="dimensions">Length of a row.</param>
internal sealed class SymmetricMatrix(int dimensions)
{
    private readonly double[][] _cells = [.. Enumerable.Range(0, dimensions).Select(_ => new double[dimensions])];

    /// <summary>Adds a row's products; of the matrix only the part from the diagonal to the right is kept.</summary>
    internal void Add(double[] row)
    {
        for (int i = 0; i < dimensions; i++)
        {
            double[] line = _cells[i];
            var factor = new Vector<double>(row[i]);
            int j = i;
            for (; j <= dimensions - Vector<double>.Count; j += Vector<double>.Count)
                (new Vector<double>(line, j) + (factor * new Vector<double>(row, j))).CopyTo(line, j);
            for (; j < dimensions; j++) line[j] += row[i] * row[j];
        }
    }

    /// <summary>The eigenvectors of the greatest eigenvalues, by cyclic Jacobi rotations; the sums are used up.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Shape [count][dimensions], each of length 1, the greatest eigenvalue first.</returns>
    internal double[][] Top(int count)
    {
        double[][] a = _cells;
        double[][] vectors = [.. Enumerable.Range(0, dimensions).Select(i => { double[] e = new double[dimensions]; e[i] = 1; return e; })];   // a row each
        for (int i = 0; i < dimensions; i++)
            for (int j = 0; j < i; j++) a[i][j] = a[j][i];
        for (int sweep = 0; sweep < 60; sweep++)
        {
            double off = 0, diagonal = 0;
            for (int i = 0; i < dimensions; i++)
            {
                diagonal += a[i][i] * a[i][i];
                for (int j = i + 1; j < dimensions; j++) off += a[i][j] * a[i][j];
            }
            if (off <= 1e-26 * diagonal) break;
            for (int p = 0; p < dimensions; p++)
                for (int q = p + 1; q < dimensions; q++) Rotate(a, vectors, p, q);
        }
        return [.. Enumerable.Range(0, dimensions).OrderByDescending(i => a[i][i]).Take(count).Select(i => vectors[i])];
    }

    /// <summary>Makes a[p][q] zero.</summary>
    private void Rotate(double[][] a, double[][] vectors, int p, int q)
    {
        if (a[p][q] == 0) return;
        double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        double cos = 1 / Math.Sqrt((t * t) + 1), sin = t * cos;
        for (int k = 0; k < dimensions; k++)
        {
            double[] row = a[k];
            (row[p], row[q]) = ((cos * row[p]) - (sin * row[q]), (sin * row[p]) + (cos * row[q]));
        }
        Turn(a[p], a[q]);
        Turn(vectors[p], vectors[q]);

        void Turn(double[] x, double[] y)
        {
            for (int k = 0; k < x.Length; k++) (x[k], y[k]) = ((cos * x[k]) - (sin * y[k]), (sin * x[k]) + (cos * y[k]));
        }
    }
}
