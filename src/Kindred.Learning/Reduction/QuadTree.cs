namespace Kindred.Learning.Reduction;

/// <summary>Points of the plane in cells of cells, each with its mean and its number of points (Barnes and Hut 1986).</summary>
internal sealed class QuadTree
{
    /// <summary>Below this depth points count as in one place.</summary>
    private const int Deepest = 48;

    private readonly double[] _at;
    private readonly List<Cell> _cells = [];

    /// <param name="at">Shape [n · 2].</param>
    public QuadTree(double[] at)
    {
        _at = at;
        double low = at.Min(), width = Math.Max(at.Max() - low, 1e-12);
        _cells.Add(new Cell { X = low, Y = low, Width = width * 1.000001, Point = -1 });
        for (int i = 0; i < at.Length / 2; i++) Add(i);
    }

    private struct Cell
    {
        public double X, Y, Width, SumX, SumY;
        public int Count, First, Point;   // First: the first of four cells in it, 0 when there are none
    }

    /// <summary>What pushes a point away, Σ (1 + d²)⁻² · difference, and Σ (1 + d²)⁻¹, over all other points.</summary>
    public (double X, double Y, double Sum) Repulsion(int point, double theta)
    {
        double px = _at[2 * point], py = _at[(2 * point) + 1], x = 0, y = 0, sum = 0, limit = theta * theta;
        Span<int> todo = stackalloc int[4 * (Deepest + 2)];
        int left = 1;
        todo[0] = 0;
        var cells = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_cells);
        while (left > 0)
        {
            ref readonly Cell cell = ref cells[todo[--left]];
            int count = cell.Count;
            if (count == 0) continue;
            double dx = px - (cell.SumX / count), dy = py - (cell.SumY / count), square = (dx * dx) + (dy * dy);
            if (cell.First != 0 && cell.Width * cell.Width >= limit * square)
            {
                for (int c = 0; c < 4; c++) todo[left++] = cell.First + c;
                continue;
            }

            if (cell.First == 0 && Holds(cell, point)) count--;
            double near = 1 / (1 + square), push = count * near * near;
            sum += count * near;
            x += push * dx;
            y += push * dy;
        }

        return (x, y, sum);
    }

    /// <summary>Whether a cell without cells in it holds a point; of the deepest ones, those that hold several know one of them.</summary>
    private bool Holds(in Cell cell, int point) =>
        cell.Point == point || (cell.Count > 1 && Math.Abs(_at[2 * point] - _at[2 * cell.Point]) <= cell.Width && Math.Abs(_at[(2 * point) + 1] - _at[(2 * cell.Point) + 1]) <= cell.Width);

    private void Add(int point)
    {
        double x = _at[2 * point], y = _at[(2 * point) + 1];
        int at = 0;
        for (int depth = 0; ; depth++)
        {
            var cells = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_cells);
            ref Cell cell = ref cells[at];
            cell.SumX += x;
            cell.SumY += y;
            if (cell.Count++ == 0)
            {
                cell.Point = point;
                return;
            }

            if (depth == Deepest) return;
            if (cell.First == 0)
            {
                int first = _cells.Count, before = cell.Point;
                cell.First = first;
                double half = cell.Width / 2, left = cell.X, top = cell.Y;
                for (int c = 0; c < 4; c++) _cells.Add(new Cell { X = left + (half * (c % 2)), Y = top + (half * (c / 2)), Width = half, Point = -1 });
                cells = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_cells);
                ref Cell old = ref cells[first + Quarter(cells[at], _at[2 * before], _at[(2 * before) + 1])];
                (old.SumX, old.SumY, old.Count, old.Point) = (_at[2 * before], _at[(2 * before) + 1], 1, before);
                at = first + Quarter(cells[at], x, y);
                continue;
            }

            at = cell.First + Quarter(cell, x, y);
        }
    }

    private static int Quarter(in Cell cell, double x, double y) => (x >= cell.X + (cell.Width / 2) ? 1 : 0) + (y >= cell.Y + (cell.Width / 2) ? 2 : 0);
}
