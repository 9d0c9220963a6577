using System.IO.Compression;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Tokens;

namespace Kindred.Store.Reading;

/// <summary>
/// Bounds what a pdf may unpack. Every stream that is read asks here for its filters, so a drawing that calls itself many times over, or a
/// stream that swells a thousandfold, is stopped at the next one.
/// </summary>
internal sealed class PdfBudget(CancellationToken cancel) : IFilterProvider
{
    private const long PageBytes = 16L << 20, FileBytes = 1L << 30;
    private const int PageStreams = 20_000;
    // deflate cannot pack tighter than 1032 to 1, run-length and LZW no tighter than that either
    private const int MaxRatio = 1032;

    private readonly Dictionary<IFilter, IFilter> _bounded = [];
    private long _page, _file;
    private int _streams;

    /// <summary>Why the page, or the file before its first page, was given up; null while within bounds.</summary>
    public string? Exceeded { get; private set; }

    /// <summary>Starts a new page's account.</summary>
    public void NewPage() => (_page, _streams, Exceeded) = (0, 0, _file > FileBytes ? Exceeded : null);

    /// <inheritdoc />
    public IReadOnlyList<IFilter> GetFilters(DictionaryToken dictionary)
    {
        cancel.ThrowIfCancellationRequested();
        if (++_streams > PageStreams) Stop($"it draws over {PageStreams} streams");
        var filters = DefaultFilterProvider.Instance.GetFilters(dictionary);
        if (filters.Count == 0 && dictionary.TryGet(NameToken.Length, out NumericToken length)) Count((long)length.Data);
        return Bound(filters);
    }

    /// <inheritdoc />
    public IReadOnlyList<IFilter> GetNamedFilters(IReadOnlyList<NameToken> names) => Bound(DefaultFilterProvider.Instance.GetNamedFilters(names));

    /// <inheritdoc />
    public IReadOnlyList<IFilter> GetAllFilters() => Bound(DefaultFilterProvider.Instance.GetAllFilters());

    private IFilter[] Bound(IReadOnlyList<IFilter> filters)
    {
        var bounded = new IFilter[filters.Count];
        for (int i = 0; i < bounded.Length; i++)
        {
            if (!_bounded.TryGetValue(filters[i], out var wrapped)) _bounded[filters[i]] = wrapped = new Bounded(filters[i], this);
            bounded[i] = wrapped;
        }
        return bounded;
    }

    private void Count(long bytes)
    {
        _page += bytes;
        _file += bytes;
        if (_page > PageBytes) Stop($"its content is over {PageBytes >> 20} MB");
        if (_file > FileBytes) Stop($"its content is over {FileBytes >> 20} MB");
    }

    private void Stop(string why)
    {
        Exceeded = why;
        throw new InvalidDataException(why);
    }

    private sealed class Bounded(IFilter inner, PdfBudget budget) : IFilter
    {
        public bool IsSupported => inner.IsSupported;

        public Memory<byte> Decode(Memory<byte> input, DictionaryToken dictionary, IFilterProvider provider, int index)
        {
            budget.Measure(inner, input);
            var output = inner.Decode(input, dictionary, provider, index);
            budget.Count(output.Length);
            return output;
        }
    }

    /// <summary>Unpacks once without keeping anything when the result might not fit.</summary>
    private void Measure(IFilter filter, ReadOnlyMemory<byte> input)
    {
        long left = PageBytes - _page;
        if ((long)input.Length * MaxRatio <= left) return;
        if (filter is not FlateFilter || input.Length < 2)
        {
            if ((filter is LzwFilter or RunLengthFilter) && input.Length * 64L > PageBytes) Count(input.Length * 64L);
            return;
        }
        using var stream = new DeflateStream(new MemoryStream(input[2..].ToArray(), writable: false), CompressionMode.Decompress);
        byte[] buffer = new byte[1 << 14];
        long total = 0;
        try
        {
            for (int read; total <= left && (read = stream.Read(buffer)) > 0;) total += read;
        }
        catch (InvalidDataException)
        {
            return;   // damaged data ends early, and the filter itself says so
        }
        if (total > left) Count(total);
    }
}
