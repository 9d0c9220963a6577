using System.Diagnostics;
using Kindred.Vectors.Files;
using Kindred.Words.Corpora;
using Kindred.Words.Files;

namespace Kindred.Words.Training;

/// <summary>Trains word vectors from text by GloVe: vectors whose products are the logarithms of how often words come together.</summary>
/// <remarks>J. Pennington, R. Socher, C. D. Manning, "GloVe: global vectors for word representation", EMNLP 2014. Not safe for several callers
/// at once; <see cref="Run"/> uses threads of its own, which share all rows without locks (Niu et al. 2011).</remarks>
public sealed unsafe class GloveTrainer : IDisposable
{
    private const int RowsOfWord = 4;   // the word's, its sums of squares, the context's, its sums
    private const int Context = 2;
    private const int Ahead = 2;
    private const double MostLoss = 10;   // times the loss of knowing nothing
    private readonly GloveOptions _options;
    private readonly EncodedCorpus _corpus;
    private readonly GloveRecords _records;
    private readonly RowMatrix _rows;
    private long _blocks;   // blocks done, over all epochs
    private WordTrainingException? _diverged;

    private GloveTrainer(string name, GloveOptions options, EncodedCorpus corpus, GloveRecords records)
    {
        (Name, _options, _corpus, _records) = (name, options, corpus, records);
        _rows = new RowMatrix(checked(RowsOfWord * corpus.Words.Count), options.Dimensions + GloveStep.Biases);
        var random = new Xoshiro((ulong)options.Seed);
        for (int i = 0; i < corpus.Words.Count; i++)
        {
            int row = RowsOfWord * i;
            Begin(row, one: options.Dimensions + 1);
            Begin(row + Context, one: options.Dimensions);
        }

        void Begin(int row, int one)
        {
            foreach (ref float x in _rows[row]) x = (random.NextSingle() - 0.5f) / options.Dimensions;
            _rows[row][one] = 1;
            new Span<float>(_rows.Row(row + 1), _rows.Stride).Fill(1);
        }
    }

    /// <summary>What the vectors will be called.</summary>
    public string Name { get; }

    /// <summary>Words in the vocabulary.</summary>
    public int Vocabulary => _corpus.Words.Count;

    /// <summary>Tokens of the corpus whose word is in the vocabulary.</summary>
    public long Tokens => _corpus.Tokens;

    /// <summary>Tokens longer than 1,024 bytes, which were left out.</summary>
    public long TokensSkipped => _corpus.TokensSkipped;

    /// <summary>Entries of the co-occurrence matrix that are not zero: an epoch takes each once.</summary>
    public long Cooccurrences => _records.Entries;

    /// <summary>Whether all epochs are done.</summary>
    public bool IsComplete => _blocks == (long)_options.Epochs * _records.Blocks && _diverged is null;

    /// <summary>Reads the corpus, counts which words come together, and makes vectors that know nothing yet.</summary>
    /// <param name="name">What to call the vectors.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="options">Settings.</param>
    /// <param name="read">Told the bytes read.</param>
    /// <param name="counted">Told the share, 0 to 1, of the text that was counted; from any thread.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="WordTrainingException">The corpus is empty, no word comes often enough, or no two words come together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="IOException">The text cannot be read (also <see cref="UnauthorizedAccessException"/>), or there is no room for temporary files.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static GloveTrainer Create(string name, Corpus corpus, GloveOptions options, Action<long>? read = null, Action<double>? counted = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var encoded = EncodedCorpus.Read(corpus, options.MinCount, [], read, cancel);
        GloveRecords? records = null;
        try
        {
            records = GloveCounter.Count(encoded, options.Window, options.Memory, options.Threads, (ulong)options.Seed, counted, cancel, out _);
            if (records.Pairs == 0) throw new WordTrainingException($"{corpus.Name}: no two words that come {options.MinCount} times stand in the same line: lower the least count, or give text with longer lines");
            return new GloveTrainer(name, options, encoded, records);
        }
        catch
        {
            records?.Dispose();
            throw;
        }
        finally
        {
            encoded.Dispose();   // the words stay
        }
    }

    /// <summary>Goes on with a training that was stopped: the same text again, which is counted anew, and the settings as they were.</summary>
    /// <param name="name">What to call the vectors.</param>
    /// <param name="corpus">The text it began with.</param>
    /// <param name="state">A file of <see cref="Save"/>.</param>
    /// <param name="threads">Threads; with one, the result is that of a training that was never stopped.</param>
    /// <param name="read">Told the bytes read.</param>
    /// <param name="counted">Told the share, 0 to 1, of the text that was counted; from any thread.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="WordTrainingException">The text is another.</exception>
    /// <exception cref="WordVectorFileException">The file is damaged or something else.</exception>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static GloveTrainer Resume(string name, Corpus corpus, string state, int threads, Action<long>? read = null, Action<double>? counted = null, CancellationToken cancel = default)
    {
        try
        {
            using var file = SafetensorsFile.Open(state);
            var (options, text, blocks) = GloveState.Read(state, file);
            var trainer = Create(name, corpus, options with { Threads = threads }, read, counted, cancel);
            try
            {
                if (GloveState.TextOf(trainer._corpus) != text || blocks > (long)options.Epochs * trainer._records.Blocks)
                    throw new WordTrainingException($"{corpus.Name}: this is not the text that {state} was trained on: give the same one to go on");
                GloveState.ReadRows(file, trainer._rows);
                trainer._blocks = blocks;
                return trainer;
            }
            catch
            {
                trainer.Dispose();
                throw;
            }
        }
        catch (VectorFileException e)
        {
            throw WordVectorFileException.At(state, e.Offset, e.Problem);
        }
    }

    /// <summary>Writes what is needed to go on after a stop; four times the size of the vectors.</summary>
    /// <param name="path">The file to make or replace; written beside its place and renamed.</param>
    /// <exception cref="WordTrainingException">The numbers grew beyond all bounds.</exception>
    /// <exception cref="IOException">The file cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (_diverged is not null) throw _diverged;
        GloveState.Write(path, _options, _corpus, _blocks, _rows);
    }

    /// <summary>Trains until all epochs are done; after a stop, call it again to go on.</summary>
    /// <param name="progress">Told now and then, from any thread; its tokens are the share of the co-occurrences that is done, in tokens of the corpus.</param>
    /// <param name="cancel">Stops within milliseconds; what was learnt is kept.</param>
    /// <exception cref="OperationCanceledException">Stopped: <see cref="ToWordVectors"/> gives the vectors as they are.</exception>
    /// <exception cref="WordTrainingException">The numbers grew beyond all bounds, now or before.</exception>
    /// <exception cref="IOException">The temporary file cannot be read.</exception>
    public void Run(Action<WordTrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        if (_diverged is not null) throw _diverged;
        int blocks = _records.Blocks;
        long total = (long)_options.Epochs * blocks, begun = _blocks, next = begun, done = 0;
        double loss = 0, looked = 0, epochLoss = 0, epochBound = 0;
        var watch = Stopwatch.StartNew();
        var report = Stopwatch.StartNew();
        var turn = new Lock();
        try
        {
            Workers.Run(_options.Threads, Work, cancel);
        }
        catch (OperationCanceledException) when (begun + done == total)
        {
            // a stop after the last block stops nothing
        }
        catch (WordTrainingException e)
        {
            _diverged = e;
            throw;
        }
        finally
        {
            _blocks += done;
        }

        void Work(Func<bool> goOn)
        {
            var room = new GlovePair[GloveRecords.BlockPairs];
            var order = new EpochOrder(blocks, _options.Seed);
            while (goOn())
            {
                long block = Interlocked.Increment(ref next) - 1;
                if (block >= total) return;
                var pairs = _records.ReadBlock(order[block], room);
                var (more, bound) = Train(pairs);
                lock (turn) Tell(block / blocks, pairs.Length, more, bound);
            }
        }

        void Tell(long epoch, int pairs, double more, double bound)
        {
            done++;
            loss += more;
            looked += 2 * pairs;
            epochLoss += more;
            epochBound += bound;
            bool whole = (begun + done) % blocks == 0;
            if (!double.IsFinite(more) || (whole && epochLoss > MostLoss * epochBound)) throw Diverged(epoch);
            if (whole) (epochLoss, epochBound) = (0, 0);
            if (progress is null || (done > 1 && report.ElapsedMilliseconds < 100 && begun + done < total)) return;
            report.Restart();
            double tokens = (double)_corpus.Tokens / blocks;
            progress(new WordTrainingProgress((long)((begun + done) * tokens), _options.Epochs * _corpus.Tokens, (int)epoch + 1, loss / looked, done * tokens / watch.Elapsed.TotalSeconds));
            (loss, looked) = (0, 0);
        }
    }

    /// <summary>The vectors as they are now, each the sum of the word's and the context's (paper, section 4.2); the commonest word first.</summary>
    /// <exception cref="WordTrainingException">The numbers grew beyond all bounds.</exception>
    public WordVectors ToWordVectors()
    {
        if (_diverged is not null) throw _diverged;
        var rows = new NativeRows(_corpus.Words.Count, _options.Dimensions);
        for (int i = 0; i < _corpus.Words.Count; i++)
        {
            Span<float> word = _rows[RowsOfWord * i], context = _rows[(RowsOfWord * i) + Context];
            for (int j = 0; j < _options.Dimensions; j++) rows[i][j] = word[j] + context[j];
            if (RowQuantizer.Holds(rows[i])) continue;
            rows.Dispose();
            throw Diverged(_blocks / _records.Blocks);
        }
        return WordVectors.FromRows(Name, _corpus.Words, rows);
    }

    /// <summary>Gives the memory and the temporary file back.</summary>
    public void Dispose()
    {
        _records.Dispose();
        _rows.Dispose();
    }

    /// <summary>Trains on pairs, each both ways: a word's rows and the other's are four different ones.</summary>
    /// <returns>The sum of the losses, and what it is at least when nothing is known.</returns>
    private (double Loss, double Bound) Train(ReadOnlySpan<GlovePair> pairs)
    {
        double loss = 0, bound = 0;
        float logMost = (float)Math.Log(_options.XMax), alpha = (float)_options.Alpha, rate = (float)_options.Rate;
        int dimensions = _options.Dimensions, stride = _rows.Stride;
        for (int i = 0; i < pairs.Length; i++)
        {
            if (i + Ahead < pairs.Length)
            {
                Prefetch(pairs[i + Ahead].First);
                Prefetch(pairs[i + Ahead].Second);
            }
            var (first, second, log) = pairs[i];
            float weight = log < logMost ? MathF.Exp(alpha * (log - logMost)) : 1;
            float* a = _rows.Row(RowsOfWord * first), b = _rows.Row(RowsOfWord * second);
            float error = GloveStep.Step(a, b + (Context * stride), log, weight, rate, dimensions, stride), squares = error * error;
            bound += weight * (1 + (log * log));
            if (first != second)
            {
                error = GloveStep.Step(b, a + (Context * stride), log, weight, rate, dimensions, stride);
                squares += error * error;
                bound += weight * (1 + (log * log));
            }
            loss += 0.5 * weight * squares;
        }
        return (loss, 0.5 * bound);

        void Prefetch(int word)
        {
            for (int row = 0; row < RowsOfWord; row++) _rows.Prefetch((RowsOfWord * word) + row);
        }
    }

    private WordTrainingException Diverged(long epoch) =>
        new($"{Name}: the vectors grew beyond all bounds in epoch {epoch + 1}: lower the learning rate ({_options.Rate}) or the dimensions ({_options.Dimensions}), or give more text");
}
