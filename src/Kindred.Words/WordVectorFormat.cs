namespace Kindred.Words;

/// <summary>The forms in which word vectors are written by <see cref="WordVectors.Export"/>; docs/words.md says who reads which.</summary>
public enum WordVectorFormat
{
    /// <summary>Kindred's own: int8 rows with a scale, memory-mapped (.kwv). Carries any word.</summary>
    Kwv,

    /// <summary>Text with the header "count dimensions", as word2vec, gensim and fastText (.vec) have it. No word may hold white space.</summary>
    Word2VecText,

    /// <summary>word2vec's binary form: a header line, then words and float32. No word may hold a blank or a line end.</summary>
    Word2VecBinary,

    /// <summary>Text without a header, as GloVe has it. No word may hold white space.</summary>
    GloVe,

    /// <summary>A fastText model (.bin, version 12) with the n-grams, where there are some, and without the output layer. No word may hold white space.</summary>
    FastText,

    /// <summary>A tensor "embeddings" of float32 (.safetensors) and vocab.txt, a word a line, beside it. No word may hold a line end.</summary>
    Safetensors,
}
