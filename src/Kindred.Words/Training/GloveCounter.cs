using Kindred.Vectors.Indexes;
using Kindred.Words.Corpora;

namespace Kindred.Words.Training;

/// <summary>Counts co-occurrences in bounded memory: a triangle for pairs of the commonest words, hash tables that spill to disk for the rest.</summary>
/// <remarks>A pair at distance d counts 1/d, to both sides; words that are not in the vocabulary do not take up distance, and a line's end stops it
/// (Pennington et al. 2014, section 4.2, and their program). Sums are whole numbers of 2^-24, so they are the same in whatever order threads add.</remarks>
internal sealed unsafe class GloveCounter : IDisposable
{
    /// <summary>What a pair at distance 1 counts.</summary>
    internal const long One = 1 << 24;

    private readonly EncodedCorpus _corpus;
    private readonly long[] _weights;
    private readonly long _memory;
    private readonly int _common;   // words of the triangle
    private readonly NativeArray<long> _triangle = new();
    private readonly PairRuns _runs;
    private readonly CancellationToken _cancel;

    private GloveCounter(EncodedCorpus corpus, int window, long memory, CancellationToken cancel)
    {
        (_corpus, _memory, _cancel) = (corpus, memory, cancel);
        _runs = new PairRuns(cancel);
        _weights = [0, .. Enumerable.Range(1, window).Select(distance => (long)Math.Round((double)One / distance))];
        // no more cells than the text has pairs, so that a short text needs little
        long cells = (long)Math.Min(memory / 4 / sizeof(long), Math.Min((double)corpus.Tokens * window, 1L << 31));
        _common = Math.Clamp((int)Math.Sqrt(2.0 * cells), 1, corpus.Words.Count);
        _triangle.Reserve(Row(_common));
        for (int i = 0; i < _common; i++) new Span<long>(_triangle.Items + Row(i), i + 1).Clear();
    }

    /// <summary>Counts a corpus, and shuffles what was counted.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="window">Words to each side.</param>
    /// <param name="memory">Bytes for tables and buffers, about.</param>
    /// <param name="threads">Threads; the sums do not depend on them.</param>
    /// <param name="seed">Of the shuffle.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancel">Stops.</param>
    /// <param name="spills">How often a table went to disk.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal static GloveRecords Count(EncodedCorpus corpus, int window, long memory, int threads, ulong seed, Action<double>? progress, CancellationToken cancel, out int spills)
    {
        using var counter = new GloveCounter(corpus, window, memory, cancel);
        counter.CountAll(threads, progress);
        spills = counter._runs.Spills;
        return counter.Shuffled(seed);
    }

    public void Dispose()
    {
        _triangle.Dispose();
        _runs.Dispose();
    }

    private static long Row(int word) => (long)word * (word + 1) / 2;

    private void CountAll(int threads, Action<double>? progress)
    {
        int next = 0, done = 0;
        var turn = new Lock();
        Workers.Run(threads, Work, _cancel);

        void Work(Func<bool> goOn)
        {
            using var table = new PairTable(_runs, _memory * 3 / 4 / threads);
            int[] places = new int[EncodedCorpus.LongestBlock];
            while (goOn())
            {
                int block = Interlocked.Increment(ref next) - 1;
                if (block >= _corpus.Blocks) break;
                CountBlock(places.AsSpan(0, _corpus.ReadBlock(block, places)), table, threads > 1);
                lock (turn) progress?.Invoke((double)++done / _corpus.Blocks);
            }
            if (!_cancel.IsCancellationRequested) table.Spill();
        }
    }

    private void CountBlock(ReadOnlySpan<int> places, PairTable table, bool shared)
    {
        while (!places.IsEmpty)
        {
            int length = places.IndexOfAny(EncodedCorpus.LineEnd, EncodedCorpus.Cut);
            var line = places[..length];
            places = places[(length + 1)..];
            for (int i = 1; i < line.Length; i++)
            {
                int word = line[i];
                for (int j = Math.Max(0, i - _weights.Length + 1); j < i; j++)
                {
                    int other = line[j];
                    // a word beside itself stands on both sides of the same entry
                    long weight = word == other ? 2 * _weights[i - j] : _weights[i - j];
                    var (least, most) = word < other ? (word, other) : (other, word);
                    if (most >= _common) table.Add(least, most, weight);
                    else if (shared) Interlocked.Add(ref _triangle[Row(most) + least], weight);
                    else _triangle[Row(most) + least] += weight;
                }
            }
        }
    }

    private GloveRecords Shuffled(ulong seed)
    {
        long pairs = _runs.Items;
        for (int i = 0; i < _common; i++) pairs += i + 1 - new ReadOnlySpan<long>(_triangle.Items + Row(i), i + 1).Count(0);
        using var shuffle = new GloveShuffle(pairs, _memory / 2, seed);
        for (int second = 0; second < _common; second++)
        {
            _cancel.ThrowIfCancellationRequested();
            for (int first = 0; first <= second; first++)
                if (_triangle[Row(second) + first] is > 0 and long sum) Add(first, second, sum);
        }
        _triangle.Free();
        _runs.Drain(pair => Add(pair.First, pair.Second, pair.Sum));
        return shuffle.Finish(_cancel);

        void Add(int first, int second, long sum) => shuffle.Add(new GlovePair(first, second, (float)Math.Log((double)sum / One)));
    }
}
