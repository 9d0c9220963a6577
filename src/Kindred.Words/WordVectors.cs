using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Kindred.Words.FastText;
using Kindred.Words.Files;

namespace Kindred.Words;

/// <summary>Static word vectors: one vector a word, whatever stands around it. Index order is order of frequency, the commonest first, as files keep it.</summary>
/// <remarks>Any number of threads may call at once. A .kwv file is mapped and its rows are int8 with a scale; a text file is read into
/// memory and its rows are float, as they are from every other form. <see cref="Dispose"/> gives the memory back once the calls that are running have ended; later calls throw
/// <see cref="ObjectDisposedException"/>. While a .kwv file is open it may be replaced (by rename), but not be cut short in place.</remarks>
public sealed unsafe partial class WordVectors : IDisposable
{
    private const string DefaultFile = "models/glove-6b-100d/words.kwv";
    private static readonly Lock DefaultLock = new();
    private static WordVectors? _default;

    private readonly Vocabulary _words;
    private readonly SafeHandle _memory;         // the mapping of int8 rows, or the float rows
    private readonly sbyte* _levels;
    private readonly float* _scales;
    private readonly NativeRows? _rows;          // null where rows are int8
    private readonly FastTextModel? _model;      // n-grams, for words that are not listed
    private readonly long[]? _counts;
    private readonly bool _shared;
    private readonly Lock _lazy = new();
    private volatile float[]? _inverseNorms;
    private string? _fingerprint;
    private volatile bool _disposed;

    private WordVectors(KwvFile file, bool shared)
    {
        Name = file.Header.Name;
        Dimensions = file.Header.Dimensions;
        _words = file.Words;
        _memory = file.View;
        _levels = file.Rows;
        _scales = file.Scales;
        _shared = shared;
        _fingerprint = file.Header.BodyHash.ToString("x32", CultureInfo.InvariantCulture);
    }

    /// <summary>Float rows, which the new instance owns, as it does the model.</summary>
    private WordVectors(string name, Vocabulary words, NativeRows rows, FastTextModel? model = null)
    {
        (Name, _words, _rows, _memory, Dimensions) = (name, words, rows, rows, rows.Dimensions);
        _counts = model?.Counts;
        // a model without n-grams has nothing to say about other words
        _model = model is { Settings.MaxLength: > 0, Settings.Buckets: > 0 } ? model : null;
        if (_model is null) model?.Dispose();
    }

    /// <summary>The word vectors that ship with Kindred: GloVe 6B, 100 dimensions, the 50,000 commonest words of English.</summary>
    /// <remarks>Opened once from beside the program and shared: disposing of this instance does nothing.</remarks>
    /// <exception cref="FileNotFoundException">The file was not copied to the program's folder.</exception>
    /// <exception cref="WordVectorFileException">The file was damaged.</exception>
    public static WordVectors Default
    {
        get
        {
            lock (DefaultLock)
            {
                if (_default is not null) return _default;
                string path = Path.Combine(AppContext.BaseDirectory, DefaultFile);
                if (!File.Exists(path)) throw new FileNotFoundException($"The default word vectors are not at {path}: copy {DefaultFile} there, or name a file of your own.", path);
                return _default = Open(path, shared: true);
            }
        }
    }

    /// <summary>How many words there are.</summary>
    public int Count => _words.Count;

    /// <summary>Length of every vector.</summary>
    public int Dimensions { get; }

    /// <summary>What the vectors are called: as the .kwv file says, or else the file's name.</summary>
    public string Name { get; }

    /// <summary>Whether words that are not listed get vectors too, as the mean of their character n-grams (a fastText model).</summary>
    public bool HasSubwords => _model is not null;

    /// <summary>32 hexadecimal digits (XxHash128) that change with any word, its place or its numbers. Int8 and float rows of the same words differ.</summary>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public string Fingerprint
    {
        get
        {
            using var hold = new Hold(this);
            lock (_lazy) return _fingerprint ??= HashRows();
        }
    }

    /// <summary>Finds a word: as it is written, or else in lower case.</summary>
    /// <param name="word">Any text.</param>
    /// <param name="index">The word's index, 0 the commonest; -1 when there is none.</param>
    /// <returns>Whether the word is known.</returns>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public bool TryFind(ReadOnlySpan<char> word, out int index)
    {
        using var hold = new Hold(this);
        index = -1;
        // each UTF-16 unit takes a byte at least, so a longer text is no word of ours
        if (word.IsEmpty || word.Length > _words.LongestBytes) return false;
        index = FindExact(word);
        if (index >= 0) return true;
        char[]? rented = null;
        Span<char> lower = word.Length <= 128 ? stackalloc char[128] : rented = new char[word.Length];
        int length = word.ToLowerInvariant(lower);
        if (!lower[..length].SequenceEqual(word)) index = FindExact(lower[..length]);
        return index >= 0;
    }

    /// <summary>The vector of a word: of one that is listed (as it is written, or else in lower case), or of any word by its n-grams, where
    /// there are some. With n-grams a word is taken as it is written, as fastText does.</summary>
    /// <param name="word">Any text.</param>
    /// <param name="vector">Receives shape [dimensions]; zeros when there is none.</param>
    /// <returns>Whether the word has a vector.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public bool TryGetVector(ReadOnlySpan<char> word, Span<float> vector)
    {
        if (vector.Length != Dimensions) throw new ArgumentException($"The vector has {vector.Length} dimensions, the words have {Dimensions}.", nameof(vector));
        using var hold = new Hold(this);
        int index = -1;
        if (_model is null ? TryFind(word, out index) : (index = FindExact(word)) >= 0)
        {
            CopyRow(index, vector);
            return true;
        }
        vector.Clear();
        if (_model is null || word.IsEmpty) return false;
        var rows = new List<int>();
        _model.Subwords.AddRows(Encoding.UTF8.GetBytes(word.ToArray()), rows);
        Subwords.Mean(_model.Input, rows, vector);
        return rows.Count > 0;
    }

    /// <summary>The word of an index.</summary>
    /// <param name="index">0 to Count - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such index.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public string Word(int index)
    {
        CheckIndex(index);
        using var hold = new Hold(this);
        return _words.Word(index);
    }

    /// <summary>Copies a word's vector, at its own length (int8 rows: as near as they come; the norm is exact).</summary>
    /// <param name="index">0 to Count - 1.</param>
    /// <param name="vector">Shape [dimensions].</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such index.</exception>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public void CopyVector(int index, Span<float> vector)
    {
        CheckIndex(index);
        if (vector.Length != Dimensions) throw new ArgumentException($"The vector has {vector.Length} dimensions, the words have {Dimensions}.", nameof(vector));
        using var hold = new Hold(this);
        CopyRow(index, vector);
    }

    /// <summary>Known words spelt nearly like a word: at most one to three edits (Damerau-Levenshtein), by its length.</summary>
    /// <param name="word">Any text.</param>
    /// <param name="n">How many, at least 1.</param>
    /// <returns>At most n words, fewest edits first, the commoner first among equals; the word itself is left out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">n is under 1.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public IReadOnlyList<string> Suggest(string word, int n)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        using var hold = new Hold(this);
        return [.. Spelling.Nearest(_words, word, n).Select(_words.Word)];
    }

    /// <summary>Gives the memory back when the calls that are running have ended; does nothing to <see cref="Default"/>.</summary>
    public void Dispose()
    {
        if (_shared) return;
        _disposed = true;
        _memory.Dispose();
        _model?.Dispose();
    }

    private int Find(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return TryFind(word, out int index) ? index : throw Unknown(word);
    }

    private UnknownWordException Unknown(string word) => new(word, Suggest(word, 5), Name, Count);

    private int FindExact(ReadOnlySpan<char> word)
    {
        byte[]? large = null;
        Span<byte> bytes = word.Length <= 128 ? stackalloc byte[384] : large = new byte[3 * word.Length];
        // a lone surrogate is no text that a file could hold
        return Utf8.FromUtf16(word, bytes, out _, out int written, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done
            ? _words.Find(bytes[..written]) : -1;
    }

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} words.");
    }

    private ReadOnlySpan<sbyte> Levels(int index) => new(_levels + ((long)index * Dimensions), Dimensions);

    private ReadOnlySpan<float> FloatRow(int index) => _rows![index];

    private void CopyRow(int index, Span<float> vector)
    {
        if (_rows is not null)
        {
            FloatRow(index).CopyTo(vector);
            return;
        }
        float scale = _scales[index];
        var levels = Levels(index);
        for (int i = 0; i < levels.Length; i++) vector[i] = scale * levels[i];
    }

    private string HashRows()
    {
        var hash = new XxHash128();
        int dimensions = Dimensions;
        hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in dimensions)));
        for (int i = 0; i < Count; i++) hash.Append(MemoryMarshal.AsBytes(FloatRow(i)));
        hash.Append(MemoryMarshal.AsBytes(_words.Offsets));
        hash.Append(_words.AllBytes);
        for (long i = Count; i < _model?.Input.Count; i++) hash.Append(MemoryMarshal.AsBytes(_model.Input[i]));   // n-grams
        return hash.GetCurrentHashAsUInt128().ToString("x32", CultureInfo.InvariantCulture);
    }

    /// <summary>Keeps the memory while a call runs, so that disposing on another thread cannot pull it away.</summary>
    private readonly ref struct Hold
    {
        private readonly WordVectors _vectors;
        private readonly bool _held, _heldModel;

        internal Hold(WordVectors vectors)
        {
            _vectors = vectors;
            ObjectDisposedException.ThrowIf(vectors._disposed, vectors);
            vectors._memory.DangerousAddRef(ref _held);
            vectors._model?.Input.DangerousAddRef(ref _heldModel);
        }

        internal void Dispose()
        {
            if (_held) _vectors._memory.DangerousRelease();
            if (_heldModel) _vectors._model!.Input.DangerousRelease();
            GC.KeepAlive(_vectors);
        }
    }
}
