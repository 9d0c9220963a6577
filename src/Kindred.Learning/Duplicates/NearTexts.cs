using System.Runtime.InteropServices;

namespace Kindred.Learning.Duplicates;

/// <summary>
/// The kept texts, found again by parts of their signatures: locality-sensitive hashing in bands (Indyk and Motwani 1998; Leskovec et al., Mining of Massive Datasets, chapter 3). What a band
/// finds is looked at itself: by the whole signature, then by the pieces. About 1.1 kB a text.
/// </summary>
internal sealed class NearTexts : ILikeness
{
    /// <summary>Signatures this much below the threshold, over four standard errors, are not worth counting pieces.</summary>
    private const double Slack = 0.15;

    /// <summary>Share of the pairs at the threshold that a band must find.</summary>
    private const double Recall = 0.995;

    private readonly double _threshold;
    private readonly int _rows;
    private readonly Dictionary<ulong, int>[] _bands;
    private readonly List<uint> _signatures = [];
    private readonly List<string> _texts = [];
    private readonly List<int> _ids = [];

    /// <summary>Of each text and band the text before it in the same bucket, or −1.</summary>
    private readonly List<int> _before = [];
    private readonly List<int> _seenBy = [];
    private readonly uint[] _block = new uint[Deduplication.Block * MinHash.Size];
    private IReadOnlyList<int> _blockIds = [];
    private IReadOnlyList<string> _blockTexts = [];
    private int _search;

    public NearTexts(double threshold)
    {
        _threshold = threshold;
        _rows = RowsOf(threshold);
        _bands = [.. Enumerable.Range(0, MinHash.Size / _rows).Select(_ => new Dictionary<ulong, int>())];
    }

    /// <summary>Numbers of a band: as many as leave the wanted recall, so that few others are found.</summary>
    public static int RowsOf(double threshold)
    {
        int rows = 1;
        while (rows < MinHash.Size && 1 - Math.Pow(1 - Math.Pow(threshold, rows + 1), MinHash.Size / (rows + 1)) >= Recall) rows++;
        return rows;
    }

    public DuplicateMethod Method => DuplicateMethod.Near;

    public void Open(IReadOnlyList<int> rows, IReadOnlyList<string>? texts, CancellationToken cancel)
    {
        (_blockIds, _blockTexts) = (rows, texts!);
        Parallel.For(0, rows.Count, new ParallelOptions { CancellationToken = cancel }, at => MinHash.SignFolded(_blockTexts[at], Signature(at)));
    }

    public (int Row, double Score)? Find(int at)
    {
        _search++;
        var signature = Signature(at);
        HashSet<ulong>? pieces = null;
        (int Row, double Score)? best = null;
        for (int band = 0; band < _bands.Length; band++)
        {
            if (!_bands[band].TryGetValue(Key(signature, band), out int other)) continue;
            for (; other >= 0; other = _before[(other * _bands.Length) + band])
            {
                if (_seenBy[other] == _search) continue;
                _seenBy[other] = _search;
                if (MinHash.Estimate(signature, CollectionsMarshal.AsSpan(_signatures).Slice(other * MinHash.Size, MinHash.Size)) < Math.Max(_threshold, best?.Score ?? 0) - Slack) continue;
                double score = MinHash.Jaccard(pieces ??= MinHash.Pieces(_blockTexts[at]), MinHash.Pieces(_texts[other]));
                if (score >= _threshold && (best is not { } found || score > found.Score || (score == found.Score && _ids[other] < found.Row))) best = (_ids[other], score);
            }
        }

        return best;
    }

    public void Keep(int at)
    {
        int place = _ids.Count;
        var signature = Signature(at);
        _ids.Add(_blockIds[at]);
        _texts.Add(_blockTexts[at]);
        _seenBy.Add(0);
        _signatures.AddRange(signature);
        for (int band = 0; band < _bands.Length; band++)
        {
            ref int head = ref CollectionsMarshal.GetValueRefOrAddDefault(_bands[band], Key(signature, band), out bool there);
            _before.Add(there ? head : -1);
            head = place;
        }
    }

    private Span<uint> Signature(int at) => _block.AsSpan(at * MinHash.Size, MinHash.Size);

    private ulong Key(ReadOnlySpan<uint> signature, int band)
    {
        ulong key = 0;
        foreach (uint number in signature.Slice(band * _rows, _rows)) key = (key ^ number) * 0x9E3779B97F4A7C15 ^ (key >> 29);
        return key;
    }
}
