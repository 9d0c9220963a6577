using System.Runtime.ExceptionServices;

namespace Kindred.Words.Training;

/// <summary>Threads of one work.</summary>
internal static class Workers
{
    /// <summary>Runs a work on several threads at once and waits for all of them.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="work">What each does, for as long as what it is given says true: nobody has stopped the work, and none of them has failed.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="OperationCanceledException">Stopped. What the first thread that failed threw comes as it is.</exception>
    internal static void Run(int threads, Action<Func<bool>> work, CancellationToken cancel)
    {
        Exception? fault = null;
        var all = Enumerable.Range(0, threads).Select(_ => new Thread(Guarded)).ToList();
        all.ForEach(thread => thread.Start());
        all.ForEach(thread => thread.Join());
        if (fault is not null) ExceptionDispatchInfo.Throw(fault);
        cancel.ThrowIfCancellationRequested();

        void Guarded()
        {
            try
            {
                work(() => !cancel.IsCancellationRequested && Volatile.Read(ref fault) is null);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref fault, e, null);
            }
        }
    }
}
