namespace Kindred.Bench.Ann;

/// <summary>One side of the comparison: an index that has been built and answers all queries on request.</summary>
internal interface IContender : IDisposable
{
    string Name { get; }

    /// <summary>Processor time that the process which searches has taken so far.</summary>
    TimeSpan ProcessorTime { get; }

    /// <summary>Searches for all queries once.</summary>
    /// <param name="ef">Candidates kept while searching.</param>
    /// <param name="threads">Threads that search.</param>
    Pass Measure(int ef, int threads);
}
