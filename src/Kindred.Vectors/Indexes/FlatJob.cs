using System.Runtime.InteropServices;
using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Indexes;

/// <summary>One search of a flat index on several cores: by queries where there are enough of them, else by rows and merged.</summary>
internal static unsafe class FlatJob
{
    /// <summary>Components compared by a thread below which it costs more to wake another: some 100 µs of work.</summary>
    private const long FewestComponents = 1 << 20;

    /// <summary>How many threads a search is worth.</summary>
    /// <param name="threads">The most.</param>
    /// <param name="m">Queries.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="components">Components of a row, or bytes of its code, which take about as long.</param>
    public static int Workers(int threads, int m, int rows, nint components) => (int)Math.Clamp((long)m * rows * components / FewestComponents, 1, threads);

    /// <inheritdoc cref="IFlatScan.Search"/>
    public static void Run<TScan>(TScan scan, int rows, int workers, byte* queries, nint queryBytes, int m, Neighbor* hits, int k, int* counts, IdSet? filter)
        where TScan : struct, IFlatScan
    {
        if (workers <= 1) scan.Search(queries, m, 0, rows, hits, k, counts, filter);
        else Share(scan, rows, workers, queries, queryBytes, m, hits, k, counts, filter);
    }

    // apart from the above: its closures would be allocated there even for one thread
    private static void Share<TScan>(TScan scan, int rows, int workers, byte* queries, nint queryBytes, int m, Neighbor* hits, int k, int* counts, IdSet? filter)
        where TScan : struct, IFlatScan
    {
        int groups = (m + QueryTile.Queries - 1) / QueryTile.Queries;
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers };
        if (groups >= workers)
        {
            Parallel.For(0, workers, options, w =>
            {
                int from = First(w), to = Math.Min(m, First(w + 1));
                scan.Search(queries + (from * queryBytes), to - from, 0, rows, hits + ((nint)from * k), k, counts + from, filter);
            });
            return;

            int First(int worker) => (int)((long)groups * worker / workers) * QueryTile.Queries;
        }

        // every thread keeps its own best of its own rows
        int room = Math.Min(k, (rows + workers - 1) / workers);
        nuint perWorker = checked((nuint)m * (nuint)room);
        var own = (Neighbor*)NativeMemory.Alloc(checked(perWorker * (nuint)workers), (nuint)sizeof(Neighbor));
        int* found = null;
        try
        {
            found = (int*)NativeMemory.Alloc((nuint)m * (nuint)workers, sizeof(int));
            var (ownAt, foundAt) = ((nint)own, (nint)found);
            Parallel.For(0, workers, options, w =>
                scan.Search(queries, m, Row(w), Row(w + 1), (Neighbor*)ownAt + ((nint)perWorker * w), room, (int*)foundAt + ((nint)m * w), filter));
            for (int q = 0; q < m; q++)
            {
                var top = new TopK(new Span<Neighbor>(hits + ((nint)q * k), k));
                for (int w = 0; w < workers; w++)
                {
                    foreach (var hit in new ReadOnlySpan<Neighbor>(own + ((nint)perWorker * w) + ((nint)q * room), found[((nint)m * w) + q]))
                        top.Offer(hit.Id, hit.Score);
                }

                counts[q] = top.Sort();
            }
        }
        finally
        {
            NativeMemory.Free(own);
            NativeMemory.Free(found);
        }

        int Row(int worker) => (int)((long)rows * worker / workers);
    }
}
