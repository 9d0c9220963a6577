using System.Diagnostics;
using Kindred.Words.Corpora;
using Kindred.Words.FastText;
using Kindred.Words.Files;

namespace Kindred.Words.Training;

/// <summary>Trains word vectors from text: skip-gram and CBOW with negative sampling or hierarchical softmax.</summary>
/// <remarks>T. Mikolov, K. Chen, G. Corrado, J. Dean, "Efficient estimation of word representations in vector space", 2013; T. Mikolov, I. Sutskever,
/// K. Chen, G. Corrado, J. Dean, "Distributed representations of words and phrases and their compositionality", NIPS 2013. Words of a
/// window go two by two against the same noise words (after Ji et al. 2016), and the corpus is taken in blocks of some 16,000 tokens in a new order each epoch. Not safe for several callers at once; <see cref="Run"/> uses threads of its own.</remarks>
public sealed class WordTrainer : IDisposable
{
    private const double LeastRate = 1e-4;   // of the first rate, as in word2vec.c
    private readonly WordTrainingOptions _options;
    private readonly EncodedCorpus _corpus;
    private readonly RowMatrix _inputs, _outputs;
    private readonly InputRows? _rows;
    private readonly NoiseTable? _noise;
    private readonly HuffmanTree? _tree;
    private readonly uint[] _keep;
    private long _blocks;   // blocks done, over all epochs

    private WordTrainer(string name, WordTrainingOptions options, EncodedCorpus corpus)
    {
        (Name, _options, _corpus) = (name, options, corpus);
        int words = corpus.Words.Count;
        if (options.MaxLength > 0) _rows = new InputRows(corpus.Words, new Subwords(Settings, corpus.Words, pruned: null));
        _inputs = new RowMatrix(checked(words + (_rows is null ? 0 : options.Buckets)), options.Dimensions);
        _outputs = new RowMatrix(words, options.Dimensions);
        var random = new Xoshiro((ulong)options.Seed);
        _inputs.Fill(ref random, 0);
        if (options.HierarchicalSoftmax) _tree = new HuffmanTree(corpus.Counts);
        else _noise = new NoiseTable(corpus.Counts);
        _keep = [.. corpus.Counts.Select(count => Keep(count, options.Sample * corpus.Tokens))];
    }

    /// <summary>What the vectors will be called.</summary>
    public string Name { get; }

    /// <summary>Words in the vocabulary.</summary>
    public int Vocabulary => _corpus.Words.Count;

    /// <summary>Tokens of the corpus whose word is in the vocabulary.</summary>
    public long Tokens => _corpus.Tokens;

    /// <summary>Tokens longer than 1,024 bytes, which were left out.</summary>
    public long TokensSkipped => _corpus.TokensSkipped;

    /// <summary>Whether all epochs are done.</summary>
    public bool IsComplete => _blocks == (long)_options.Epochs * _corpus.Blocks;

    /// <summary>Reads the corpus and makes a network that knows nothing yet.</summary>
    /// <param name="name">What to call the vectors.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="options">Settings.</param>
    /// <param name="read">Told the bytes read.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="WordTrainingException">The corpus is empty, or no word comes often enough.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    /// <exception cref="IOException">The text cannot be read (also <see cref="UnauthorizedAccessException"/>).</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static WordTrainer Create(string name, Corpus corpus, WordTrainingOptions options, Action<long>? read = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return new WordTrainer(name, options, EncodedCorpus.Read(corpus, options.MinCount, [], read, cancel));
    }

    /// <summary>Trains until all epochs are done; after a stop, call it again to go on.</summary>
    /// <param name="progress">Told now and then, from any thread.</param>
    /// <param name="cancel">Stops within milliseconds; what was learnt is kept.</param>
    /// <exception cref="OperationCanceledException">Stopped: <see cref="ToWordVectors"/> gives the vectors as they are.</exception>
    /// <exception cref="WordTrainingException">The numbers grew beyond all bounds.</exception>
    public void Run(Action<WordTrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        long total = (long)_options.Epochs * _corpus.Blocks, next = _blocks, done = 0, tokens = _blocks / _corpus.Blocks * _corpus.Tokens, begun = tokens;
        long all = _options.Epochs * _corpus.Tokens;
        double loss = 0;
        long looked = 0;
        var watch = Stopwatch.StartNew();
        var report = Stopwatch.StartNew();
        var turn = new Lock();
        WordTrainingException? fault = null;
        var threads = Enumerable.Range(0, _options.Threads).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        _blocks += done;
        if (fault is not null) throw fault;
        cancel.ThrowIfCancellationRequested();

        // corpora are often in an order of kinds, and what comes last at a falling rate would count least: each epoch takes the blocks in a new order
        int Order(long block, ref long epoch, ref int[] order)
        {
            if (block / _corpus.Blocks != epoch)
            {
                epoch = block / _corpus.Blocks;
                order = Shuffle(_corpus.Blocks, ((ulong)_options.Seed << 32) + (ulong)epoch);
            }
            return order[block % _corpus.Blocks];
        }

        void Work()
        {
            using var worker = new Word2VecWorker(_options, _inputs, _rows, _outputs, _noise, _tree, _keep);
            int[] places = new int[EncodedCorpus.LongestBlock], order = [];
            long epoch = -1;
            while (!cancel.IsCancellationRequested && Volatile.Read(ref fault) is null)
            {
                long block = Interlocked.Increment(ref next) - 1;
                if (block >= total) return;
                int length = _corpus.ReadBlock(Order(block, ref epoch, ref order), places);
                double share = Math.Min((double)Interlocked.Read(ref tokens) / all, 1);
                worker.Train(places.AsSpan(0, length), (float)(_options.Rate * Math.Max(1 - share, LeastRate)), ((ulong)_options.Seed << 40) ^ (ulong)(block + 1));
                int words = places.AsSpan(0, length).Length - places.AsSpan(0, length).Count(-1);
                lock (turn)
                {
                    done++;
                    tokens += words;
                    loss += worker.Loss;
                    looked += worker.Looked;
                    if (!double.IsFinite(worker.Loss))
                        fault = new WordTrainingException($"{Name}: the vectors grew beyond all bounds in epoch {1 + (block / _corpus.Blocks)}: lower the learning rate ({_options.Rate})");
                    if (progress is null || (report.ElapsedMilliseconds < 100 && tokens < all)) continue;
                    report.Restart();
                    progress(new WordTrainingProgress(tokens, all, (int)(1 + Math.Min(block / _corpus.Blocks, _options.Epochs - 1)), loss / looked, (tokens - begun) / watch.Elapsed.TotalSeconds));
                    (loss, looked) = (0, 0);
                }
            }
        }
    }

    /// <summary>The vectors as they are now, the commonest word first.</summary>
    /// <exception cref="WordTrainingException">The numbers grew beyond all bounds.</exception>
    public WordVectors ToWordVectors()
    {
        var rows = new NativeRows(_inputs.Count, _options.Dimensions);
        for (int i = 0; i < _inputs.Count; i++)
        {
            _inputs[i].CopyTo(rows[i]);
            if (rows[i].IndexOfAnyExceptInRange(-RowQuantizer.LargestComponent, RowQuantizer.LargestComponent) < 0) continue;
            rows.Dispose();
            throw new WordTrainingException($"{Name}: the vectors grew beyond all bounds: lower the learning rate ({_options.Rate})");
        }
        return _rows is null ? WordVectors.FromRows(Name, _corpus.Words, rows) : WordVectors.FromModel(Name, new FastTextModel
        {
            Settings = Settings, Words = _corpus.Words, Counts = _corpus.Counts, Tokens = _corpus.Tokens, Input = rows,
        });
    }

    /// <summary>Gives the memory and the spool file back.</summary>
    public void Dispose()
    {
        _corpus.Dispose();
        _inputs.Dispose();
        _outputs.Dispose();
    }

    private FastTextSettings Settings => new()
    {
        Dimensions = _options.Dimensions, Window = _options.Window, Epochs = _options.Epochs, MinCount = _options.MinCount, Negatives = _options.Negative,
        Loss = _options.HierarchicalSoftmax ? FastTextSettings.HierarchicalSoftmax : FastTextSettings.NegativeSampling,
        Model = _options.Method == WordTrainingMethod.Cbow ? FastTextSettings.Cbow : FastTextSettings.SkipGram,
        Buckets = _options.Buckets, MinLength = _options.MinLength, MaxLength = _options.MaxLength, Subsampling = _options.Sample,
    };

    private static int[] Shuffle(int count, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        var random = new Xoshiro(seed);
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    /// <summary>Chance to keep a word, of 2^32: (sqrt(count / t) + 1) · t / count, as word2vec.c has it.</summary>
    private static uint Keep(long count, double threshold)
    {
        if (threshold == 0) return uint.MaxValue;
        double keep = (Math.Sqrt(count / threshold) + 1) * threshold / count;
        return keep >= 1 ? uint.MaxValue : (uint)(keep * uint.MaxValue);
    }
}
