using System.Buffers;
using System.Numerics.Tensors;
using Kindred.Models.Tokenizers;

namespace Kindred.Models.Encoders;

/// <summary>
/// A text's vector as the mean of its tokens' vectors (Model2Vec, Tulkens and van Dongen 2024): split, look up, add, scale. Tokens the vocabulary
/// does not spell are left out; a text without a known token has the zero vector.
/// </summary>
internal sealed class StaticEncoder(ModelFolder folder, StaticTable table, int threads) : ITextEncoder
{
    /// <summary>Texts from which on the work is shared among the threads, and how many one takes at a time.</summary>
    private const int TextsWorthThreads = 512, Share = 128;

    private volatile bool disposed;

    public int Dimensions => table.Dimensions;

    public IDisposable Enter()
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(EmbeddingModel));
        return Leaving.Nothing;
    }

    // the table is plain memory: a call that is under way keeps it by itself
    public void Dispose() => disposed = true;

    public EncodedTexts Encode(string[] texts, string prompt, int dimensions, bool withLayers, CancellationToken cancel)
    {
        var vectors = new float[texts.Length][];
        int[] read = new int[texts.Length];
        int shares = (texts.Length + Share - 1) / Share;
        if (threads == 1 || texts.Length < TextsWorthThreads)
        {
            for (int share = 0; share < shares; share++) Some(share);
        }
        else
        {
            Parallel.For(0, shares, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel }, Some);
        }

        return new EncodedTexts(vectors, read, read, null);

        void Some(int share)
        {
            cancel.ThrowIfCancellationRequested();
            for (int i = share * Share; i < Math.Min(texts.Length, (share + 1) * Share); i++)
            {
                vectors[i] = One(prompt.Length == 0 ? texts[i] : prompt + texts[i], dimensions, out read[i]);
            }
        }
    }

    private float[] One(string text, int dimensions, out int read)
    {
        float[] vector = new float[dimensions];
        int room = WordPieceTokenizer.MostPieces(text);
        int[]? rented = null;
        Span<int> ids = room <= 512 ? stackalloc int[room] : (rented = ArrayPool<int>.Shared.Rent(room)).AsSpan(0, room);
        ids = ids[..folder.Tokenizer.Split(text, ids)];
        read = 0;
        foreach (int id in ids)
        {
            if (id == folder.Tokenizer.UnknownId) continue;
            table.Add(id, vector);
            read++;
        }

        if (rented is not null) ArrayPool<int>.Shared.Return(rented);
        if (read == 0) return vector;
        if (!folder.Normalize)
        {
            TensorPrimitives.Multiply(vector, 1f / read, vector);
        }
        else if (TensorPrimitives.Norm<float>(vector) is > 0 and var norm)
        {
            TensorPrimitives.Divide(vector, norm, vector);
        }

        return vector;
    }

    private sealed class Leaving : IDisposable
    {
        public static readonly Leaving Nothing = new();

        public void Dispose()
        {
        }
    }
}
