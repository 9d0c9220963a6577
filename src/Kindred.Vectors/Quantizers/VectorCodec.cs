using Kindred.Vectors.Metrics;

namespace Kindred.Vectors.Quantizers;

/// <summary>
/// How an index keeps its vectors: as they are, or coded in fewer bytes; and how a query is scored against what is kept. Trained once, then
/// immutable: may be used from several threads at once. Under <see cref="MetricKind.Cosine"/> every vector it is given, stored or asked, has length 1.
/// </summary>
public abstract unsafe class VectorCodec
{
    private protected VectorCodec(int dimensions, MetricKind metric)
    {
        Dimensions = dimensions;
        Metric = metric;
    }

    /// <summary>Length of every vector.</summary>
    public int Dimensions { get; }

    /// <summary>What a score estimates; higher is nearer.</summary>
    public MetricKind Metric { get; }

    /// <summary>Its name on the command line and in files: none, sq8, …</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of a vector's code; a multiple of 4.</summary>
    public abstract int CodeBytes { get; }

    /// <summary>Bytes of a query that has been made ready.</summary>
    public abstract int QueryBytes { get; }

    /// <summary>Whether scores are those of the vectors themselves, so that there is nothing to rescore.</summary>
    public virtual bool IsExact => false;

    /// <summary>Codes a vector.</summary>
    /// <param name="vector">Shape [dimensions].</param>
    /// <param name="code">Shape [<see cref="CodeBytes"/>].</param>
    public abstract void Encode(ReadOnlySpan<float> vector, Span<byte> code);

    /// <summary>The vector that a code stands for.</summary>
    /// <param name="code">Shape [<see cref="CodeBytes"/>].</param>
    /// <param name="vector">Shape [dimensions].</param>
    public abstract void Decode(ReadOnlySpan<byte> code, Span<float> vector);

    /// <summary>Makes a query ready to be scored against many codes.</summary>
    /// <param name="query">Shape [dimensions].</param>
    /// <param name="prepared">Shape [<see cref="QueryBytes"/>], aligned to 64 bytes.</param>
    public abstract void Prepare(ReadOnlySpan<float> query, Span<byte> prepared);

    /// <summary>Scores some rows of a block; fetches rows ahead of their use.</summary>
    /// <param name="prepared">From <see cref="Prepare"/>.</param>
    /// <param name="codes">The first row's code.</param>
    /// <param name="stride">Bytes from one row's code to the next one's.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="scores">Receives a score for each.</param>
    internal abstract void Score(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores);

    /// <summary>Scores rows that follow one another.</summary>
    /// <param name="prepared">From <see cref="Prepare"/>.</param>
    /// <param name="codes">The first row's code.</param>
    /// <param name="stride">Bytes from one row's code to the next one's.</param>
    /// <param name="scores">Receives a score for each; its length says how many.</param>
    internal abstract void ScoreRun(byte* prepared, byte* codes, nint stride, Span<float> scores);

    /// <summary>The codec with which an inverted index keeps what is left of vectors after their list's centroid.</summary>
    /// <param name="rest">Row-major, shape [n, dimensions], n at least 1: a sample of vectors less their centroids.</param>
    /// <param name="mean">Of the centroids, shape [dimensions].</param>
    /// <param name="seed">Of the random choices.</param>
    /// <param name="cancel">Ends the training.</param>
    internal virtual VectorCodec ForLists(float[] rest, ReadOnlySpan<float> mean, int seed, CancellationToken cancel) => this;

    /// <summary>How many times the wanted hits an inverted index scores again, so that few of them are lost by this codec: measured on word and clustered vectors.</summary>
    internal virtual int ListRescore => 10;

    /// <summary>Bytes of a code in a list.</summary>
    internal virtual int ListCodeBytes => CodeBytes;

    /// <summary>Bytes of a query that is made ready for lists; a multiple of 64.</summary>
    internal virtual int ListQueryBytes => (QueryBytes + 63) & ~63;

    /// <summary>Numbers that are kept for each list beside its centroid.</summary>
    internal virtual int CentreFloats => 0;

    /// <summary>Works out what is kept for a list.</summary>
    /// <param name="centroid">Shape [dimensions].</param>
    /// <param name="centre">Receives shape [<see cref="CentreFloats"/>].</param>
    internal virtual void Centre(ReadOnlySpan<float> centroid, Span<float> centre)
    {
    }

    /// <summary>Codes a vector for the list of a centroid.</summary>
    /// <param name="vector">Shape [dimensions].</param>
    /// <param name="centroid">Shape [dimensions].</param>
    /// <param name="code">Shape [<see cref="ListCodeBytes"/>].</param>
    internal virtual void EncodeInList(ReadOnlySpan<float> vector, ReadOnlySpan<float> centroid, Span<byte> code) => Encode(vector, code);

    /// <summary>Makes a query ready for lists, once.</summary>
    /// <param name="query">Shape [dimensions].</param>
    /// <param name="prepared">Shape [<see cref="ListQueryBytes"/>], aligned to 64 bytes.</param>
    internal virtual void PrepareForLists(ReadOnlySpan<float> query, Span<byte> prepared) => Prepare(query, prepared);

    /// <summary>Makes a query that is ready for lists ready for one of them.</summary>
    /// <param name="prepared">From <see cref="PrepareForLists"/>; it is changed.</param>
    /// <param name="query">Shape [dimensions].</param>
    /// <param name="centroid">Of the list, shape [dimensions].</param>
    /// <param name="centre">From <see cref="Centre"/>.</param>
    internal virtual void EnterList(byte* prepared, ReadOnlySpan<float> query, ReadOnlySpan<float> centroid, ReadOnlySpan<float> centre)
    {
    }

    /// <summary>As <see cref="Score"/>, of rows of the list that was entered.</summary>
    internal virtual void ScoreInList(byte* prepared, byte* codes, nint stride, ReadOnlySpan<int> rows, Span<float> scores) => Score(prepared, codes, stride, rows, scores);

    /// <summary>As <see cref="ScoreRun"/>, of rows of the list that was entered.</summary>
    internal virtual void ScoreRunInList(byte* prepared, byte* codes, nint stride, Span<float> scores) => ScoreRun(prepared, codes, stride, scores);

    /// <summary>The part of a score in a list that its rows share: q·c, or −|q − c|².</summary>
    private protected float Shared(ReadOnlySpan<float> query, ReadOnlySpan<float> centroid) =>
        Metric == MetricKind.SquaredL2 ? -Metrics.Metric.SquaredL2(query, centroid) : Metrics.Metric.Dot(query, centroid);

    /// <summary>Writes what was learned in training; the kind, the dimensions and the metric are the caller's to write.</summary>
    internal abstract void Save(BinaryWriter writer);
}
