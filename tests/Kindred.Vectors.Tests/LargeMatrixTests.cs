using System.IO.MemoryMappedFiles;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Tests;

/// <summary>Matrices of more than 2^31 floats, in files with holes: what is not written takes no room.</summary>
public sealed unsafe class LargeMatrixTests
{
    private const int Dimensions = 65_536;

    private const int Rows = 40_000;   // 2.6 · 10^9 floats, 10.5 GB

    [Theory]
    [InlineData(1)]
    [InlineData(3)]    // through the tile of many queries
    public void Rows_past_2_to_the_31_are_found_where_they_are(int queries)
    {
        using var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        file.SetLength((long)Rows * Dimensions * sizeof(float));
        using var map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        using var view = map.CreateViewAccessor();
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            float* rows = (float*)start;
            for (int i = 0; i < 3; i++) rows[((nint)(Rows - 5 + i) * Dimensions) + i] = i + 1;
            using var ids = new NativeArray<long>();
            ids.Reserve(Rows);
            for (int i = 0; i < Rows; i++) ids[i] = i;
            var all = new FlatRows(rows, Dimensions, Dimensions, ids.Items, MetricKind.Dot);
            float[] asked = new float[queries * Dimensions];
            for (int q = 0; q < queries; q++) asked[(q * Dimensions) + (q % 3)] = 1;
            var hits = new Neighbor[queries];
            int[] counts = new int[queries];
            fixed (float* query = asked)
            fixed (Neighbor* room = hits)
            fixed (int* found = counts)
                all.Search((byte*)query, queries, Rows - 100, Rows, room, 1, found, null);
            for (int q = 0; q < queries; q++) Assert.Equal((1, new Neighbor(Rows - 5 + (q % 3), (q % 3) + 1)), (counts[q], hits[q]));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }
}
