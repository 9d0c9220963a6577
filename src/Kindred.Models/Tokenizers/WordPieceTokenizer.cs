using System.Buffers;
using System.Text;

namespace Kindred.Models.Tokenizers;

/// <summary>
/// WordPiece as BERT uses it, giving the ids that Hugging Face's tokenizer gives (Devlin et al. 2018; Schuster and Nakajima 2012).
/// One departure, on purpose: a special token that a text contains, such as "[CLS]", stays text, so that nobody can steer a model by
/// typing one. Any number of threads may use one instance.
/// </summary>
public sealed class WordPieceTokenizer
{
    private const byte Word = 0;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> starts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> continuations;
    private readonly int longestStart;
    private readonly int longestContinuation;
    private readonly int maxWordLength;
    private readonly bool clean, ideographs, strip, lower;

    /// <summary>The ASCII part of the table with the switches applied: what a character becomes, and its class in <see cref="asciiClass"/>.</summary>
    private readonly char[] ascii = new char[128];

    private readonly byte[] asciiClass = new byte[128];

    internal WordPieceTokenizer(WordPieceDefinition definition)
    {
        Normalization = definition.Normalization;
        (clean, ideographs, strip, lower) = definition.Normalization;
        VocabularySize = definition.VocabularySize;
        (UnknownId, ClassifyId, SeparateId, PadId) = (definition.Unknown, definition.Classify, definition.Separate, definition.Pad);
        MaxWordLength = maxWordLength = definition.MaxWordLength;
        (Vocabulary, Prefix) = (definition.Starts, definition.Prefix);
        starts = definition.Starts.GetAlternateLookup<ReadOnlySpan<char>>();
        continuations = definition.Continuations.GetAlternateLookup<ReadOnlySpan<char>>();
        longestStart = definition.Starts.Keys.Max(k => k.Length);
        longestContinuation = definition.Continuations.Count == 0 ? 0 : definition.Continuations.Keys.Max(k => k.Length);
        for (char c = '\0'; c < 128; c++)
        {
            ascii[c] = lower ? char.ToLowerInvariant(c) : c;
            asciiClass[c] = c is '\t' or '\n' or '\r' or ' ' ? BertUnicode.Space
                : clean && char.IsControl(c) ? BertUnicode.Dropped
                : c is '\v' or '\f' ? BertUnicode.Space
                : char.IsAsciiLetterOrDigit(c) || char.IsControl(c) ? Word
                : BertUnicode.Punctuation;
        }
    }

    /// <summary>How text is normalised before it is split.</summary>
    public BertNormalization Normalization { get; }

    /// <summary>How many pieces the vocabulary has.</summary>
    public int VocabularySize { get; }

    /// <summary>The id of a word that the vocabulary cannot spell, "[UNK]".</summary>
    public int UnknownId { get; }

    /// <summary>The id that opens every text, "[CLS]".</summary>
    public int ClassifyId { get; }

    /// <summary>The id that closes every text, "[SEP]".</summary>
    public int SeparateId { get; }

    /// <summary>The id that fills up the shorter texts of a batch, "[PAD]".</summary>
    public int PadId { get; }

    /// <summary>All pieces with their ids; those that go on with a word have <see cref="Prefix"/> before them.</summary>
    internal IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>What stands before a piece that goes on with a word, "##".</summary>
    internal string Prefix { get; }

    /// <summary>The most code points of a word that is spelt.</summary>
    internal int MaxWordLength { get; }

    /// <summary>Reads tokenizer.json of a model folder, or vocab.txt and tokenizer_config.json when it has none.</summary>
    /// <exception cref="ModelFormatException">A file is missing or broken, or describes another kind of tokenizer.</exception>
    public static WordPieceTokenizer Load(string folder) => new(WordPieceFiles.Read(folder, lower: false));

    /// <summary>Turns a text into ids, "[CLS]" first and "[SEP]" last.</summary>
    /// <param name="text">Any UTF-16; a surrogate without its half counts as U+FFFD.</param>
    /// <param name="maxTokens">The most ids to give, the two special ones counted; at least 2. What is beyond is cut off.</param>
    /// <param name="total">How many ids the uncut text has, the two special ones counted.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxTokens"/> is below 2.</exception>
    public int[] Encode(ReadOnlySpan<char> text, int maxTokens, out int total)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 2);

        int room = Math.Min(maxTokens - 2, MostPieces(text));
        int[] buffer = ArrayPool<int>.Shared.Rent(Math.Max(room, 1));
        try
        {
            int count = Split(text, buffer.AsSpan(0, room));
            int kept = Math.Min(count, room);
            total = count + 2;
            int[] ids = new int[kept + 2];
            ids[0] = ClassifyId;
            buffer.AsSpan(0, kept).CopyTo(ids.AsSpan(1));
            ids[^1] = SeparateId;
            return ids;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(buffer);
        }
    }

    /// <summary>Counts the pieces of a text, the two special tokens not counted. Linear in its length; allocates nothing.</summary>
    public int CountTokens(ReadOnlySpan<char> text) => Split(text, []);

    /// <summary>No text has more pieces: three a character, since a Hangul syllable falls into three letters.</summary>
    internal static int MostPieces(ReadOnlySpan<char> text) => (int)Math.Min(Array.MaxLength, 3L * text.Length);

    /// <summary>Splits a text into pieces, without the special ones, writes as many ids as there is room for, and counts them all.</summary>
    internal int Split(ReadOnlySpan<char> text, Span<int> ids)
    {
        char[]? rented = null;

        // two chars a code point, and room for the one that goes over
        int capacity = 2 * maxWordLength + 2;
        Span<char> buffer = capacity <= 512 ? stackalloc char[capacity] : rented = ArrayPool<char>.Shared.Rent(capacity);
        var word = new WordBuffer(buffer, ids);
        var classes = asciiClass.AsSpan();
        var asciiTo = ascii.AsSpan();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c >= 128)
            {
                if (Rune.DecodeFromUtf16(text[i..], out var rune, out int consumed) == OperationStatus.Done) i += consumed - 1;
                Add(ref word, rune.Value);
                continue;
            }

            switch (classes[c])
            {
                case Word:
                    Append(ref word, asciiTo[c]);
                    break;
                case BertUnicode.Space:
                    Flush(ref word);
                    break;
                case BertUnicode.Punctuation:
                    Flush(ref word);
                    Append(ref word, c);
                    Flush(ref word);
                    break;
            }
        }

        Flush(ref word);
        if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        return word.Count;
    }

    /// <summary>One code point beyond ASCII: clean, part ideographs, strip accents, lower, split, in that order.</summary>
    private void Add(ref WordBuffer word, int c)
    {
        var unicode = BertUnicode.Shared;
        byte flags = unicode[c];
        if (clean && (flags & BertUnicode.Dropped) != 0) return;
        if ((flags & BertUnicode.ClassMask) == BertUnicode.Space)
        {
            Flush(ref word);
            return;
        }

        bool alone = ideographs && (flags & BertUnicode.Ideograph) != 0;
        if (alone) Flush(ref word);
        if (strip && (flags & BertUnicode.Decomposes) != 0)
        {
            var parts = unicode.Decompose(c, stackalloc int[3]);
            if (parts.IsEmpty && (flags & BertUnicode.NonStarter) == 0) word.EndRun();
            foreach (int part in parts) AddLowered(ref word, unicode, part, unicode[part]);
        }
        else
        {
            AddLowered(ref word, unicode, c, flags);
        }

        if (alone) Flush(ref word);
    }

    private void AddLowered(ref WordBuffer word, BertUnicode unicode, int c, byte flags)
    {
        if (lower && (flags & BertUnicode.Lowers) != 0)
        {
            foreach (int to in unicode.Lower(c)) AddSplit(ref word, unicode, to, unicode[to]);
        }
        else
        {
            AddSplit(ref word, unicode, c, flags);
        }
    }

    private void AddSplit(ref WordBuffer word, BertUnicode unicode, int c, byte flags)
    {
        switch (flags & BertUnicode.ClassMask)
        {
            case BertUnicode.Space:
                Flush(ref word);
                break;
            case BertUnicode.Punctuation:
                Flush(ref word);
                Append(ref word, c);
                Flush(ref word);
                break;
            case Word when strip && (flags & BertUnicode.NonStarter) != 0:
                if (word.Letters < maxWordLength) word.Insert(unicode, c);
                else word.Letters++;
                break;
            default:
                Append(ref word, c);
                break;
        }
    }

    private void Append(ref WordBuffer word, int c)
    {
        // a word that is too long is one unknown whatever its letters are: count on, store nothing
        if (word.Letters < maxWordLength) word.Append(c);
        else word.Letters = maxWordLength + 1;
    }

    /// <summary>Spells the word by the longest piece that fits, again and again; one unknown if a rest cannot be spelt.</summary>
    private void Flush(ref WordBuffer word)
    {
        if (word.Letters == 0) return;
        ReadOnlySpan<char> rest = word.Text;
        int before = word.Count;
        bool known = word.Letters <= maxWordLength;
        for (bool first = true; known && rest.Length > 0; first = false)
        {
            int length = Math.Min(rest.Length, first ? longestStart : longestContinuation);
            int id = 0;
            while (length > 0 && !(first ? starts : continuations).TryGetValue(rest[..length], out id)) length--;
            known = length > 0;
            if (known) word.Emit(id);
            rest = rest[length..];
        }

        if (!known)
        {
            word.Count = before;
            word.Emit(UnknownId);
        }

        word.Clear();
    }
}
