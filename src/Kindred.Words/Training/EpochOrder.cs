namespace Kindred.Words.Training;

/// <summary>The order in which blocks are taken, another one each epoch: corpora are often in an order of kinds, and what comes last at a falling rate would count
/// least. For one thread; all threads have the same orders.</summary>
internal sealed class EpochOrder(int blocks, int seed)
{
    private int[] _order = [];
    private long _epoch = -1;

    /// <summary>Which block is the next.</summary>
    /// <param name="done">Blocks taken before it, over all epochs.</param>
    internal int this[long done]
    {
        get
        {
            if (done / blocks != _epoch)
            {
                _epoch = done / blocks;
                _order = [.. Enumerable.Range(0, blocks)];
                new Xoshiro(((ulong)seed << 32) + (ulong)_epoch).Shuffle<int>(_order);
            }
            return _order[done % blocks];
        }
    }
}
