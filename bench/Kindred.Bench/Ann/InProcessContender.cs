using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Ann;

/// <summary>An index in this process: the passes and their recall are the same for all of them.</summary>
internal abstract class InProcessContender(DataSet data) : IContender
{
    private readonly int[][] _truth = data.ReadTruth();

    public abstract string Name { get; }

    public TimeSpan ProcessorTime => Environment.CpuUsage.TotalTime;

    protected float[][] Rows { get; } = DataSet.Read(data.Base);

    protected float[][] Queries { get; } = DataSet.Read(data.Queries);

    protected double BuildSeconds { get; init; }

    public Pass Measure(int ef, int threads)
    {
        Prepare(ef, threads);
        long[][] found = new long[Queries.Length][];
        for (int q = 0; q < found.Length; q++) found[q] = new long[DataSet.K];
        double seconds = Statistics.Seconds(() => OnThreads(0, Queries.Length, threads, q => Search(ef, Queries[q], found[q])));
        long right = 0;
        for (int q = 0; q < found.Length; q++)
        {
            // as near as the k-th true neighbour counts, as in the peer's driver
            float farthest = Distance(Queries[q], Rows[_truth[q][^1]]);
            right += found[q].Distinct().Count(id => id >= 0 && (_truth[q].Contains((int)id) || Distance(Queries[q], Rows[id]) <= farthest));
        }

        return new Pass(right / ((double)DataSet.K * found.Length), Queries.Length / seconds, BuildSeconds, BytesPerVector());
    }

    public abstract void Dispose();

    protected static void OnThreads(int from, int to, int threads, Action<int> work)
    {
        int next = from - 1;
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(_ => new Thread(Loop))];
        foreach (var thread in others) thread.Start();
        Loop();
        foreach (var thread in others) thread.Join();

        void Loop()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < to;) work(i);
        }
    }

    protected virtual void Prepare(int ef, int threads)
    {
    }

    /// <summary>Finds the neighbours of one query; −1 where there is none.</summary>
    protected abstract void Search(int ef, float[] query, long[] ids);

    protected abstract double BytesPerVector();

    private float Distance(float[] x, float[] y) => data.Metric == MetricKind.SquaredL2 ? Metric.SquaredL2(x, y) : -Metric.Dot(x, y);
}
