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
    private readonly RowMatrix? _documents;
    private readonly InputRows? _rows;
    private readonly NoiseTable? _noise;
    private readonly HuffmanTree? _tree;
    private readonly uint[] _keep;
    private readonly IReadOnlyList<(byte[] Word, long Count)> _first;   // words of a model that is trained further, with their counts of before
    private long _blocks;   // blocks done, over all epochs

    private WordTrainer(string name, WordTrainingOptions options, EncodedCorpus corpus, TrainingState? before, IReadOnlyList<(byte[] Word, long Count)> first)
    {
        (Name, _options, _corpus, _first) = (name, options, corpus, first);
        int words = corpus.Words.Count, buckets = options.MaxLength > 0 ? options.Buckets : 0, known = before?.Words.Count ?? 0;
        if (buckets > 0) _rows = new InputRows(corpus.Words, new Subwords(Settings, corpus.Words, pruned: null));
        _inputs = new RowMatrix(checked(words + buckets), options.Dimensions);
        _outputs = new RowMatrix(words, options.Dimensions);
        var random = new Xoshiro((ulong)options.Seed);
        _inputs.Fill(ref random, known, before is null ? _inputs.Count : words);
        before?.Inputs.CopyTo(_inputs, 0, 0, known);
        before?.Inputs.CopyTo(_inputs, known, words, buckets);
        before?.Outputs.CopyTo(_outputs, 0, 0, known);
        if (options.HasDocuments)
        {
            _documents = new RowMatrix(corpus.Lines, options.Dimensions);
            _documents.Fill(ref random, 0, _documents.Count);
            before?.Documents!.CopyTo(_documents, 0, 0, _documents.Count);
        }
        if (options.HierarchicalSoftmax) _tree = new HuffmanTree(corpus.Counts);
        else _noise = new NoiseTable(corpus.Counts);
        double threshold = options.Sample * corpus.Counts.Sum();
        _keep = [.. corpus.Counts.Select(count => Keep(count, threshold))];
    }

    /// <summary>What the vectors will be called.</summary>
    public string Name { get; }

    /// <summary>Words in the vocabulary.</summary>
    public int Vocabulary => _corpus.Words.Count;

    /// <summary>Tokens of the corpus whose word is in the vocabulary.</summary>
    public long Tokens => _corpus.Tokens;

    /// <summary>Tokens longer than 1,024 bytes, which were left out.</summary>
    public long TokensSkipped => _corpus.TokensSkipped;

    /// <summary>Tokens trained on so far, over all epochs.</summary>
    public long TokensDone { get; private set; }

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
        return new WordTrainer(name, options, EncodedCorpus.Read(corpus, options.MinCount, [], read, cancel, options.HasDocuments), before: null, []);
    }

    /// <summary>Goes on with a training that was stopped: the same text again, and the settings as they were.</summary>
    /// <param name="name">What to call the vectors.</param>
    /// <param name="corpus">The text it began with.</param>
    /// <param name="state">A file of <see cref="Save"/>.</param>
    /// <param name="threads">Threads; with one, the result is that of a training that was never stopped.</param>
    /// <param name="read">Told the bytes read.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="WordTrainingException">The text is another.</exception>
    /// <exception cref="WordVectorFileException">The file is damaged.</exception>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static WordTrainer Resume(string name, Corpus corpus, string state, int threads, Action<long>? read = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(corpus);
        var before = TrainingState.Read(state);
        using var inputs = before.Inputs;
        using var outputs = before.Outputs;
        using var documents = before.Documents;
        var options = before.Options with { Threads = threads };
        options.Check();
        var first = Words(before, before.Before);
        var encoded = EncodedCorpus.Read(corpus, options.MinCount, first, read, cancel, options.HasDocuments);
        if (encoded.Tokens == before.Tokens && encoded.Words.AllBytes.SequenceEqual(before.Words.AllBytes) && encoded.Counts.AsSpan().SequenceEqual(before.Counts) && (before.Documents is null || before.Documents.Count == encoded.Lines) && before.Blocks <= (long)options.Epochs * encoded.Blocks)
            return new WordTrainer(name, options, encoded, before, first) { _blocks = before.Blocks, TokensDone = before.Done };
        encoded.Dispose();
        throw new WordTrainingException($"{corpus.Name}: this is not the text that {state} was trained on: give the same one to go on, or update the model with new text");
    }

    /// <summary>Trains a finished model on new text: its words keep what they learnt, and words that come often enough in the text are added.</summary>
    /// <param name="name">What to call the vectors.</param>
    /// <param name="corpus">The new text.</param>
    /// <param name="state">A file of <see cref="Save"/>.</param>
    /// <param name="options">Threads, epochs, learning rate and least count for the new text; all else is as the model was trained.</param>
    /// <param name="read">Told the bytes read.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="WordTrainingException">The text holds no known and no new word, or the model has a tree over its words, which cannot grow.</exception>
    /// <exception cref="WordVectorFileException">The file is damaged.</exception>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static WordTrainer Update(string name, Corpus corpus, string state, WordTrainingOptions options, Action<long>? read = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(options);
        var before = TrainingState.Read(state);
        using var inputs = before.Inputs;
        using var outputs = before.Outputs;
        using var documents = before.Documents;
        if (before.Options.HasDocuments) throw new WordTrainingException($"{state}: holds document vectors, whose lines new text does not continue: train anew");
        if (before.Options.HierarchicalSoftmax) throw new WordTrainingException($"{state}: trained with a tree over its words, which new words would change: train anew");
        options = before.Options with { Threads = options.Threads, Epochs = options.Epochs, LearningRate = options.LearningRate ?? before.Options.LearningRate, MinCount = options.MinCount };
        options.Check();
        var first = Words(before, before.Counts);
        return new WordTrainer(name, options, EncodedCorpus.Read(corpus, options.MinCount, first, read, cancel), before, first);
    }

    /// <summary>Trains until all epochs are done; after a stop, call it again to go on.</summary>
    /// <param name="progress">Told now and then, from any thread.</param>
    /// <param name="cancel">Stops within milliseconds; what was learnt is kept.</param>
    /// <exception cref="OperationCanceledException">Stopped: <see cref="ToWordVectors"/> gives the vectors as they are.</exception>
    /// <exception cref="WordTrainingException">The numbers grew beyond all bounds.</exception>
    public void Run(Action<WordTrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        long total = (long)_options.Epochs * _corpus.Blocks, next = _blocks, done = 0, tokens = TokensDone, begun = tokens;
        long all = _options.Epochs * _corpus.Tokens;
        double loss = 0, known = double.NaN;
        long looked = 0;
        var watch = Stopwatch.StartNew();
        var report = Stopwatch.StartNew();
        var turn = new Lock();
        try
        {
            Workers.Run(_options.Threads, Work, cancel);
        }
        catch (OperationCanceledException) when (_blocks + done == total)
        {
            // a stop after the last block stops nothing
        }
        finally
        {
            _blocks += done;
            TokensDone = tokens;
        }

        void Work(Func<bool> goOn)
        {
            using var worker = new Word2VecWorker(_options, _inputs, _rows, _outputs, _documents, _noise, _tree, _keep);
            var order = new EpochOrder(_corpus.Blocks, _options.Seed);
            int[] places = new int[EncodedCorpus.LongestBlock];
            while (goOn())
            {
                long block = Interlocked.Increment(ref next) - 1;
                if (block >= total) return;
                int at = order[block], length = _corpus.ReadBlock(at, places);
                double share = Math.Min((double)Interlocked.Read(ref tokens) / all, 1);
                worker.Train(places.AsSpan(0, length), _corpus.FirstLine(at), (float)(_options.Rate * Math.Max(1 - share, LeastRate)), ((ulong)_options.Seed << 40) ^ (ulong)(block + 1));
                int words = length - places.AsSpan(0, length).Count(EncodedCorpus.LineEnd) - places.AsSpan(0, length).Count(EncodedCorpus.Cut);
                lock (turn)
                {
                    done++;
                    tokens += words;
                    loss += worker.Loss;
                    looked += worker.Looked;
                    if (!double.IsFinite(worker.Loss))
                        throw new WordTrainingException($"{Name}: the vectors grew beyond all bounds in epoch {1 + (block / _corpus.Blocks)}: lower the learning rate ({_options.Rate})");
                    if (progress is null || (done > 1 && report.ElapsedMilliseconds < 100 && tokens < all)) continue;
                    report.Restart();
                    if (looked > 0) known = loss / looked;   // one step in many is looked at: since the last report perhaps none
                    progress(new WordTrainingProgress(tokens, all, (int)(1 + Math.Min(block / _corpus.Blocks, _options.Epochs - 1)), known, (tokens - begun) / watch.Elapsed.TotalSeconds));
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
            if (RowQuantizer.Holds(rows[i])) continue;
            rows.Dispose();
            throw new WordTrainingException($"{Name}: the vectors grew beyond all bounds: lower the learning rate ({_options.Rate})");
        }
        return _rows is null ? WordVectors.FromRows(Name, _corpus.Words, rows) : WordVectors.FromModel(Name, new FastTextModel
        {
            Settings = Settings,
            Words = _corpus.Words,
            Counts = _corpus.Counts,
            Tokens = _corpus.Tokens,
            Input = rows,
        });
    }

    /// <summary>How many documents there are: lines of the corpus, those without words included; 0 where words alone are trained.</summary>
    public int Documents => _documents?.Count ?? 0;

    /// <summary>Copies a document's vector as it is now; that of a line without known words is as it began, near zero.</summary>
    /// <param name="document">The line, from 0 to Documents - 1.</param>
    /// <param name="vector">Shape [dimensions].</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such document.</exception>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public void CopyDocument(int document, Span<float> vector)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(document);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(document, Documents);
        if (vector.Length != _options.Dimensions) throw new ArgumentException($"The vector has {vector.Length} dimensions, the documents have {_options.Dimensions}.", nameof(vector));
        _documents![document].CopyTo(vector);
    }

    /// <summary>Finds the vector of a document that was not trained on: all else is held still while it learns its words. The same document gives the same vector.</summary>
    /// <param name="words">Its words; unknown ones count as nothing.</param>
    /// <param name="vector">Receives shape [dimensions]; zeros where no word is known.</param>
    /// <param name="epochs">Passes over the words, at least 1.</param>
    /// <exception cref="InvalidOperationException">Words alone are trained.</exception>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public void InferDocument(IEnumerable<string> words, Span<float> vector, int epochs = 50)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        if (_documents is null) throw new InvalidOperationException("Words alone are trained, no documents.");
        if (vector.Length != _options.Dimensions) throw new ArgumentException($"The vector has {vector.Length} dimensions, the documents have {_options.Dimensions}.", nameof(vector));
        int[] places = [.. words.Select(word => _corpus.Words.Find(System.Text.Encoding.UTF8.GetBytes(word))).Where(place => place >= 0)];
        vector.Clear();
        if (places.Length > 0) new DocumentInference(_options, _inputs, _outputs, _noise, _tree).Run(places, vector, epochs);
    }

    /// <summary>Writes what is needed to go on after a stop (<see cref="Resume"/>) or to train further (<see cref="Update"/>); twice the size of the vectors.</summary>
    /// <param name="path">The file to make or replace; written beside its place and renamed.</param>
    /// <exception cref="IOException">The file cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TrainingState.Write(path, new TrainingState(_options, _corpus.Words, _corpus.Counts, [.. _first.Select(word => word.Count), .. new long[_corpus.Words.Count - _first.Count]], _corpus.Tokens, _blocks, TokensDone, _inputs, _outputs, _documents));
    }

    /// <summary>Gives the memory and the spool file back.</summary>
    public void Dispose()
    {
        _corpus.Dispose();
        _inputs.Dispose();
        _outputs.Dispose();
        _documents?.Dispose();
    }

    /// <summary>The words of a state that have a count.</summary>
    private static List<(byte[] Word, long Count)> Words(TrainingState state, long[] counts) =>
        [.. Enumerable.Range(0, counts.Length).TakeWhile(i => counts[i] > 0).Select(i => (state.Words.Bytes(i).ToArray(), counts[i]))];

    private FastTextSettings Settings => new()
    {
        Dimensions = _options.Dimensions,
        Window = _options.Window,
        Epochs = _options.Epochs,
        MinCount = _options.MinCount,
        Negatives = _options.Negative,
        Loss = _options.HierarchicalSoftmax ? FastTextSettings.HierarchicalSoftmax : FastTextSettings.NegativeSampling,
        Model = _options.Method == WordTrainingMethod.Cbow ? FastTextSettings.Cbow : FastTextSettings.SkipGram,
        Buckets = _options.Buckets,
        MinLength = _options.MinLength,
        MaxLength = _options.MaxLength,
        Subsampling = _options.Sample,
    };

    /// <summary>Chance to keep a word, of 2^32: (sqrt(count / t) + 1) · t / count, as word2vec.c has it.</summary>
    private static uint Keep(long count, double threshold)
    {
        if (threshold == 0) return uint.MaxValue;
        double keep = (Math.Sqrt(count / threshold) + 1) * threshold / count;
        return keep >= 1 ? uint.MaxValue : (uint)(keep * uint.MaxValue);
    }
}
