using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Kindred.Words.Files;
using Kindred.Words.Kernels;

namespace Kindred.Words;

/// <summary>Static word vectors: one vector a word, whatever stands around it. Index order is order of frequency, the commonest first, as files keep it.</summary>
/// <remarks>Any number of threads may call at once. A .kwv file is mapped and its rows are int8 with a scale; a text file is read into
/// memory and its rows are float. <see cref="Dispose"/> gives the memory back once the calls that are running have ended; later calls throw
/// <see cref="ObjectDisposedException"/>. While a .kwv file is open it may be replaced (by rename), but not be cut short in place.</remarks>
public sealed unsafe class WordVectors : IDisposable
{
    private const string DefaultFile = "models/glove-6b-100d/words.kwv";
    private static readonly Lock DefaultLock = new();
    private static WordVectors? _default;

    private readonly Vocabulary _words;
    private readonly SafeHandle? _view;          // int8 rows: holds the mapping
    private readonly sbyte* _levels;
    private readonly float* _scales;
    private readonly float[]? _rows;             // float rows, pinned
    private readonly bool _shared;
    private readonly Lock _lazy = new();
    private float[]? _inverseNorms;
    private string? _fingerprint;
    private volatile bool _disposed;

    private WordVectors(KwvFile file, bool shared)
    {
        Name = file.Header.Name;
        Dimensions = file.Header.Dimensions;
        _words = file.Words;
        _view = file.View;
        _levels = file.Rows;
        _scales = file.Scales;
        _shared = shared;
        _fingerprint = file.Header.BodyHash.ToString("x32", CultureInfo.InvariantCulture);
    }

    private WordVectors(string name, Vocabulary words, float[] rows, int dimensions) =>
        (Name, _words, _rows, Dimensions) = (name, words, rows, dimensions);

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

    /// <summary>Opens word vectors; what the file is, its content tells, not its name.</summary>
    /// <param name="path">A .kwv file; or text, packed by gzip or not: a word and its numbers a line, with the header of word2vec
    /// ("count dimensions") or without one as GloVe has it. Words that hold spaces are split from the numbers from the right; of a word that
    /// comes twice the first is kept; a row of zeros is kept and counts as nothing.</param>
    /// <returns>The vectors; to be disposed of.</returns>
    /// <exception cref="WordVectorFileException">The file is damaged or something else; says at which byte or line.</exception>
    /// <exception cref="IOException">The file cannot be read (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static WordVectors Open(string path) => Open(path, shared: false);

    /// <summary>Makes word vectors from rows in memory.</summary>
    /// <param name="name">What to call them.</param>
    /// <param name="words">The words, the commonest first; each once, none empty.</param>
    /// <param name="rows">Shape [words, dimensions], row-major; finite, each of at most 1e18. They are copied.</param>
    /// <param name="dimensions">Length of a row, 1 to 65,536.</param>
    /// <returns>The vectors, as float.</returns>
    /// <exception cref="ArgumentException">The shape is wrong, a number is not finite or too large, a word is empty, is no valid Unicode or comes twice.</exception>
    public static WordVectors Create(string name, IReadOnlyList<string> words, ReadOnlySpan<float> rows, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(words);
        if (dimensions is < 1 or > KwvHeader.MaxDimensions)
            throw new ArgumentOutOfRangeException(nameof(dimensions), dimensions, $"Dimensions are 1 to {KwvHeader.MaxDimensions}.");
        if (rows.Length != (long)words.Count * dimensions)
            throw new ArgumentException($"{words.Count} words of {dimensions} dimensions need {(long)words.Count * dimensions} numbers, there are {rows.Length}.", nameof(rows));
        for (int i = 0; i < rows.Length; i++)
            if (!(Math.Abs(rows[i]) <= RowQuantizer.LargestComponent))
                throw new ArgumentException($"Row {i / dimensions}, component {i % dimensions} is not finite or is beyond 1e18.", nameof(rows));
        var vocabulary = new VocabularyBuilder();
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        foreach (string word in words)
        {
            if (string.IsNullOrEmpty(word)) throw new ArgumentException($"Word {vocabulary.Count} is empty.", nameof(words));
            byte[] bytes;
            try
            {
                bytes = strict.GetBytes(word);
            }
            catch (EncoderFallbackException e)
            {
                throw new ArgumentException($"Word {vocabulary.Count} holds a lone surrogate.", nameof(words), e);
            }

            if (!vocabulary.Add(bytes)) throw new ArgumentException($"Word {vocabulary.Count}, \"{word}\", comes twice.", nameof(words));
        }
        float[] copy = GC.AllocateUninitializedArray<float>(rows.Length, pinned: true);
        rows.CopyTo(copy);
        return new WordVectors(name, vocabulary.Build(), copy, dimensions);
    }

    /// <summary>Writes a .kwv file, beside the place first and then renamed. Float rows become int8 with a scale; int8 rows are kept as they are.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="IOException">The file cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var hold = new Hold(this);
        KwvFile.Write(path, Name, _words, Dimensions, (index, row) =>
        {
            if (_rows is not null) return RowQuantizer.Quantize(FloatRow(index), row);
            Levels(index).CopyTo(row);
            return _scales[index];
        });
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
        if (_rows is not null)
        {
            FloatRow(index).CopyTo(vector);
            return;
        }
        float scale = _scales[index];
        var levels = Levels(index);
        for (int i = 0; i < levels.Length; i++) vector[i] = scale * levels[i];
    }

    /// <summary>Cosine of two words' vectors.</summary>
    /// <param name="a">A word.</param>
    /// <param name="b">Another.</param>
    /// <returns>-1 to 1; 1 for a word with itself; 0 when a vector is all zeros.</returns>
    /// <exception cref="UnknownWordException">One of the words is not known; holds near spellings.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public float Similarity(string a, string b)
    {
        using var hold = new Hold(this);
        return Cosine(Find(a), Find(b));
    }

    /// <summary>The words nearest to a word by cosine, nearest first; the word itself and words whose vector is all zeros are left out.</summary>
    /// <param name="word">A word.</param>
    /// <param name="k">How many, at least 1; fewer come when there are no more.</param>
    /// <returns>At most k words; none when the word's own vector is all zeros.</returns>
    /// <exception cref="UnknownWordException">The word is not known; holds near spellings.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is under 1.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public IReadOnlyList<WordNeighbor> Neighbors(string word, int k) => Analogy([word], [], k);

    /// <summary>Vector arithmetic on words: king - man + woman. The nearest words to Σ positive - Σ negative, each at unit length; the given words are left out.</summary>
    /// <remarks>3CosAdd: T. Mikolov, W. Yih, G. Zweig, "Linguistic regularities in continuous space word representations", NAACL 2013, section 4.</remarks>
    /// <param name="positive">Words to add.</param>
    /// <param name="negative">Words to take away; may be empty.</param>
    /// <param name="k">How many, at least 1; fewer come when there are no more.</param>
    /// <returns>At most k words, nearest first; none when the given vectors cancel each other out.</returns>
    /// <exception cref="UnknownWordException">A word is not known; holds near spellings.</exception>
    /// <exception cref="ArgumentException">No word is given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is under 1.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public IReadOnlyList<WordNeighbor> Analogy(IReadOnlyList<string> positive, IReadOnlyList<string> negative, int k)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (positive.Count + negative.Count == 0) throw new ArgumentException("No word is given.", nameof(positive));
        using var hold = new Hold(this);
        double[] target = new double[Dimensions];
        int[] given = new int[positive.Count + negative.Count];
        for (int i = 0; i < given.Length; i++)
        {
            bool add = i < positive.Count;
            given[i] = Find(add ? positive[i] : negative[i - positive.Count]);
            AddUnit(given[i], add ? 1 : -1, target);
        }
        double norm = Math.Sqrt(target.Sum(x => x * x));
        if (norm < 1e-6) return [];   // what rounding leaves of a sum that cancels is no direction
        for (int i = 0; i < target.Length; i++) target[i] /= norm;
        return Nearest(target, given, k);
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
        _view?.Dispose();
    }

    private static WordVectors Open(string path, bool shared)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw WordVectorFileException.Whole(path, "this is a folder, not a file of word vectors");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Span<byte> start = stackalloc byte[8];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (start[..read].StartsWith(KwvHeader.Magic[..4])) return new WordVectors(KwvFile.Open(path, file), shared);
        var text = TextVectors.Read(path, file, packed: start[..read].StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]));
        return new WordVectors(NameOf(path), text.Words, text.Rows, text.Dimensions);
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string extension in (ReadOnlySpan<string>)[".gz", ".txt", ".vec"])
            if (name.Length > extension.Length && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) name = name[..^extension.Length];
        return name;
    }

    private int Find(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return TryFind(word, out int index) ? index : throw new UnknownWordException(word, Suggest(word, 5), Name, Count);
    }

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

    private ReadOnlySpan<float> FloatRow(int index) => new((float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_rows!)) + ((long)index * Dimensions), Dimensions);

    private float Cosine(int a, int b)
    {
        double dot = 0, x = 0, y = 0;
        if (_rows is null)
        {
            ref readonly sbyte first = ref MemoryMarshal.GetReference(Levels(a)), second = ref MemoryMarshal.GetReference(Levels(b));
            (dot, x, y) = (RowKernel.Dot(in first, in second, Dimensions), RowKernel.Dot(in first, in first, Dimensions), RowKernel.Dot(in second, in second, Dimensions));
        }
        else
        {
            ReadOnlySpan<float> p = FloatRow(a), q = FloatRow(b);
            for (int i = 0; i < p.Length; i++)
            {
                dot += (double)p[i] * q[i];
                x += (double)p[i] * p[i];
                y += (double)q[i] * q[i];
            }
            if (Math.Min(x, y) < RowQuantizer.LeastNorm * RowQuantizer.LeastNorm) return 0;
        }
        return x == 0 || y == 0 ? 0 : (float)Math.Clamp(dot / Math.Sqrt(x * y), -1, 1);
    }

    /// <summary>Adds a row at unit length, in double precision; a row without direction adds nothing.</summary>
    private void AddUnit(int index, double sign, double[] sum)
    {
        double inverse = sign * InverseNorms()[index];
        if (_rows is null)
        {
            var levels = Levels(index);
            for (int i = 0; i < sum.Length; i++) sum[i] += levels[i] * inverse;
        }
        else
        {
            var row = FloatRow(index);
            for (int i = 0; i < sum.Length; i++) sum[i] += row[i] * inverse;
        }
    }

    /// <summary>One over the length of each row (of its int8 levels, where it has them); 0 for a row without direction.</summary>
    private float[] InverseNorms()
    {
        lock (_lazy)
        {
            if (_inverseNorms is not null) return _inverseNorms;
            float[] inverse = new float[Count];
            for (int i = 0; i < inverse.Length; i++)
            {
                double norm;
                if (_rows is null)
                {
                    ref readonly sbyte row = ref MemoryMarshal.GetReference(Levels(i));
                    norm = Math.Sqrt(RowKernel.Dot(in row, in row, Dimensions));
                }
                else
                {
                    norm = RowQuantizer.Norm(FloatRow(i));
                }
                inverse[i] = norm < RowQuantizer.LeastNorm ? 0 : (float)(1 / norm);
            }
            return _inverseNorms = inverse;
        }
    }

    /// <summary>The rows nearest to a unit vector: a scan in float, and the found ones scored again in double.</summary>
    private WordNeighbor[] Nearest(double[] target, int[] leftOut, int k)
    {
        float[] inverse = InverseNorms();
        float[] query = [.. target.Select(x => (float)x)];
        ref readonly float q = ref MemoryMarshal.GetArrayDataReference(query);
        Array.Sort(leftOut);
        var found = new PriorityQueue<int, (float Score, int Last)>();
        int skip = 0;
        float worst = float.NegativeInfinity;
        k = Math.Min(k, Count);
        for (int i = 0; i < inverse.Length; i++)
        {
            if (skip < leftOut.Length && leftOut[skip] == i)
            {
                while (skip < leftOut.Length && leftOut[skip] == i) skip++;
                continue;
            }
            if (inverse[i] == 0) continue;
            float score = inverse[i] * (_rows is null
                ? RowKernel.Dot(in q, in MemoryMarshal.GetReference(Levels(i)), query.Length)
                : RowKernel.Dot(in q, in MemoryMarshal.GetReference(FloatRow(i)), query.Length));
            if (found.Count == k && !(score > worst)) continue;   // of equals the earlier stays
            if (found.Count == k) found.DequeueEnqueue(i, (score, -i));
            else found.Enqueue(i, (score, -i));
            if (found.Count == k && found.TryPeek(out _, out var last)) worst = last.Score;
        }
        return [.. found.UnorderedItems.Select(item => (Index: item.Element, Score: Exact(item.Element)))
            .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Index)
            .Select(hit => new WordNeighbor(_words.Word(hit.Index), (float)hit.Score))];

        double Exact(int index)
        {
            double dot = 0, squares = 0;
            for (int i = 0; i < target.Length; i++)
            {
                double x = _rows is null ? Levels(index)[i] : FloatRow(index)[i];
                dot += target[i] * x;
                squares += x * x;
            }
            return Math.Clamp(dot / Math.Sqrt(squares), -1, 1);
        }
    }

    private string HashRows()
    {
        var hash = new XxHash128();
        int dimensions = Dimensions;
        hash.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in dimensions)));
        for (int i = 0; i < Count; i++) hash.Append(MemoryMarshal.AsBytes(FloatRow(i)));
        hash.Append(MemoryMarshal.AsBytes(_words.Offsets));
        hash.Append(_words.AllBytes);
        return hash.GetCurrentHashAsUInt128().ToString("x32", CultureInfo.InvariantCulture);
    }

    /// <summary>Keeps the mapping while a call runs, so that disposing on another thread cannot pull it away.</summary>
    private readonly ref struct Hold
    {
        private readonly WordVectors _vectors;
        private readonly bool _held;

        internal Hold(WordVectors vectors)
        {
            _vectors = vectors;
            ObjectDisposedException.ThrowIf(vectors._disposed, vectors);
            vectors._view?.DangerousAddRef(ref _held);
        }

        internal void Dispose()
        {
            if (_held) _vectors._view!.DangerousRelease();
            GC.KeepAlive(_vectors);
        }
    }
}
