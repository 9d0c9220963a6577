using Kindred.Words.Files;

namespace Kindred.Words.Corpora;

/// <summary>A corpus that was read once: its vocabulary, and its tokens as numbers in a spool file that goes when this is disposed of. Any number of threads may read blocks.</summary>
internal sealed class EncodedCorpus : IDisposable
{
    /// <summary>Ends a line.</summary>
    internal const int LineEnd = -1;

    /// <summary>Cuts a line of more than 10,000 tokens: no window crosses it, and the line goes on.</summary>
    internal const int Cut = -2;

    private const int LongestLine = 10_000;
    private const int BlockTokens = 1 << 14;

    private readonly SpoolFile _spool;
    private readonly List<(long Start, int Length, int Line)> _blocks;
    private readonly int[] _places;

    private EncodedCorpus(SpoolFile spool, List<(long Start, int Length, int Line)> blocks, int[] places, Vocabulary words, long[] counts, long tokens, long skipped)
    {
        (_spool, _blocks, _places, Words, Counts, Tokens, TokensSkipped) = (spool, blocks, places, words, counts, tokens, skipped);
    }

    /// <summary>The words, the commonest first.</summary>
    internal Vocabulary Words { get; }

    /// <summary>How often each word came; for words that were there already, what they had before is added.</summary>
    internal long[] Counts { get; }

    /// <summary>Tokens of this text whose word is in the vocabulary.</summary>
    internal long Tokens { get; }

    /// <summary>Tokens that were left out because they are too long.</summary>
    internal long TokensSkipped { get; }

    /// <summary>Lines, those without tokens only where they were asked for.</summary>
    internal int Lines { get; private init; }

    /// <summary>The line that a block begins in.</summary>
    internal int FirstLine(int block) => _blocks[block].Line;

    /// <summary>How many blocks there are; a block ends with a line or a cut.</summary>
    internal int Blocks => _blocks.Count;

    /// <summary>Longest block, in numbers with line ends.</summary>
    internal const int LongestBlock = BlockTokens + LongestLine + 2;

    /// <summary>Reads and encodes a corpus.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="minCount">How often a word must come.</param>
    /// <param name="first">Words that are there already, with their counts; may be empty.</param>
    /// <param name="progress">Told the bytes read.</param>
    /// <param name="cancel">Stops.</param>
    /// <param name="emptyLines">Whether a line without tokens counts as one.</param>
    /// <exception cref="WordTrainingException">No word comes often enough.</exception>
    /// <exception cref="IOException">The text cannot be read or the spool not written.</exception>
    internal static EncodedCorpus Read(Corpus corpus, int minCount, IReadOnlyList<(byte[] Word, long Count)> first, Action<long>? progress, CancellationToken cancel, bool emptyLines = false)
    {
        var spool = new SpoolFile();
        try
        {
            var counter = new WordCounter();
            var blocks = new List<(long Start, int Length, int Line)>();
            int[] block = new int[LongestBlock];
            int used = 0, line = 0, lines = 0, firstLine = 0;
            bool cut = false;
            long start = 0, tokens = 0, bytes = 0;
            long skipped = corpus.Read(token =>
            {
                block[used++] = counter.Count(token);
                tokens++;
                if (++line < LongestLine) return;
                block[used++] = Cut;
                line = 0;
                cut = true;
                if (used >= BlockTokens) EndBlock();
            }, EndLine, more => progress?.Invoke(bytes += more), cancel);
            EndBlock();
            var (words, counts, places) = counter.Result(minCount, first);
            long known = counts.Sum() - first.Sum(word => word.Count);
            if (known == 0)
            {
                throw new WordTrainingException(tokens == 0
                    ? $"{corpus.Name}: there is no text in it"
                    : $"{corpus.Name}: no word comes {minCount} times; the commonest of its {tokens} tokens comes {counter.HighestCount}: lower the least count, or give more text");
            }
            return new EncodedCorpus(spool, blocks, places, words, counts, known, skipped) { Lines = lines };

            void EndLine()
            {
                if (line == 0 && !cut && !emptyLines) return;
                (line, cut) = (0, false);
                block[used++] = LineEnd;
                lines++;
                if (used >= BlockTokens) EndBlock();
            }

            void EndBlock()
            {
                if (used == 0) return;
                spool.Append<int>(block.AsSpan(0, used));
                blocks.Add((start, used, firstLine));
                firstLine = lines;
                start += used;
                used = 0;
            }
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Reads a block: places in the vocabulary, words that are not in it left out; <see cref="LineEnd"/> or <see cref="Cut"/> ends each run.</summary>
    /// <param name="block">0 to Blocks - 1.</param>
    /// <param name="places">Room for <see cref="LongestBlock"/>.</param>
    /// <returns>How many were filled.</returns>
    internal int ReadBlock(int block, Span<int> places)
    {
        var (start, length, _) = _blocks[block];
        var read = places[..length];
        _spool.Read(read, start);
        int used = 0;
        foreach (int number in read)
        {
            int place = number < 0 ? number : _places[number];
            if (place >= 0 || number < 0) places[used++] = place;
        }
        return used;
    }

    public void Dispose() => _spool.Dispose();
}
