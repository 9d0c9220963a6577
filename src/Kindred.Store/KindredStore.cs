using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Kindred.Store.Chunking;
using Kindred.Store.Filters;
using Kindred.Store.Indexing;
using Kindred.Store.Search;
using Kindred.Store.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.AI;

namespace Kindred.Store;

/// <summary>
/// Documents, their chunks and the chunks' vectors in one SQLite file, searched by meaning. A write that was acknowledged is on the disk.
/// </summary>
/// <remarks>
/// Searches may run at once with each other and with a write; writes of one object wait for each other, those of two processes for up
/// to ten seconds. The model is the caller's: the store neither makes nor disposes it. The format is described in docs/formats/store.md.
/// </remarks>
public sealed partial class KindredStore : IAsyncDisposable, IDisposable
{
    private readonly StoreMeta _meta;
    private readonly StoreReaders _readers;
    private readonly StoreWriter _writer;
    private readonly VectorCache _vectors;
    private readonly Encoder _encoder;
    private readonly TokenCounter _count;
    private LearnedSupport? _support;
    private bool _disposed;

    private KindredStore(string path, StoreMeta meta, IEmbeddingGenerator<string, Embedding<float>> model, TokenCounter count, StoreSettings settings)
    {
        Path = path;
        Model = model;
        _meta = meta;
        _count = count;
        _readers = new StoreReaders(path);
        _writer = new StoreWriter(path, settings.Patience);
        _vectors = new VectorCache(path, meta.Dimensions, settings.GraphFrom);
        _encoder = new Encoder(model, meta.Dimensions, path);
    }

    /// <summary>Full path of the store's file.</summary>
    public string Path { get; }

    /// <summary>The model that makes the vectors of texts and questions.</summary>
    public IEmbeddingGenerator<string, Embedding<float>> Model { get; }

    /// <summary>Length of every vector.</summary>
    public int Dimensions => _meta.Dimensions;

    internal Encoder Encoder => _encoder;

    internal string ModelFingerprint => _meta.ModelFingerprint;

    /// <summary>Opens a store, or makes it when there is none.</summary>
    /// <param name="path">The store's file; its folder must exist.</param>
    /// <param name="model">The model that made the store's vectors, or will make those of a new store.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="StoreModelMismatchException">The store's vectors are of another model.</exception>
    /// <exception cref="StoreFormatException">The file is no store, or one of a newer format; it was not touched.</exception>
    /// <exception cref="StoreBusyException">It is of an earlier format, and another process kept writing to it, so that it could not be brought up to this one.</exception>
    /// <exception cref="StoreException">It could not be opened or made.</exception>
    public static Task<KindredStore> OpenAsync(
        string path, IEmbeddingGenerator<string, Embedding<float>> model, CancellationToken cancellationToken = default) =>
        OpenAsync(path, model, new StoreSettings(), cancellationToken);

    internal static async Task<KindredStore> OpenAsync(
        string path, IEmbeddingGenerator<string, Embedding<float>> model, StoreSettings settings, CancellationToken cancellationToken)
    {
        path = StoreFile.FullPath(path);
        cancellationToken.ThrowIfCancellationRequested();
        var facts = ModelFacts.Of(model);
        try
        {
            if (!StoreFile.Exists(path)) await CreateAsync(path, model, facts, settings, cancellationToken).ConfigureAwait(false);
            StoreMeta meta;
            using (var connection = StoreFile.Open(path, SqliteOpenMode.ReadWrite, queryOnly: false))
            {
                meta = StoreFile.ReadMeta(connection, path);
                await StoreFile.UpgradeAsync(connection, settings.Patience, cancellationToken).ConfigureAwait(false);
            }
            string given = facts.FingerprintFor(model, facts.Dimensions ?? meta.Dimensions);
            if (given != meta.ModelFingerprint) throw new StoreModelMismatchException(path, meta.ModelName, meta.ModelFingerprint, facts.Name, given);
            return new KindredStore(path, meta, model, facts.Count, settings);
        }
        catch (SqliteException e)
        {
            throw StoreErrors.From(e, path, settings.Patience);
        }
    }

    /// <summary>Says what a store holds, without its model and without changing it.</summary>
    /// <param name="path">The store's file.</param>
    /// <exception cref="StoreException">There is no store, or it cannot be read.</exception>
    public static StoreInfo ReadInfo(string path)
    {
        path = StoreFile.FullPath(path);
        try
        {
            if (!StoreFile.Exists(path)) throw new StoreException(path, $"there is no store {path}: index some documents into it first");
            using var connection = StoreFile.Open(path, SqliteOpenMode.ReadWrite, queryOnly: true);
            return Info(connection, path, StoreFile.ReadMeta(connection, path));
        }
        catch (SqliteException e)
        {
            throw StoreErrors.From(e, path, TimeSpan.FromSeconds(10));
        }
    }

    /// <summary>Says what the store holds now.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public StoreInfo ReadInfo() => _readers.Read(connection => Info(connection, Path, _meta));

    /// <summary>
    /// Indexes the files of a folder. Files with the same bytes as before are left alone, changed ones replaced document by document; a
    /// run that was cut short goes on where it stopped. A file that cannot be read is listed, and what the store had of it stays.
    /// </summary>
    /// <param name="folder">The files.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="progress">Told after each batch and each file.</param>
    /// <param name="cancellationToken">Stops between two batches; what was stored stays.</param>
    /// <exception cref="InvalidVectorException">The model gave a vector that is no vector.</exception>
    /// <exception cref="StoreBusyException">Another process kept writing for too long.</exception>
    /// <exception cref="StoreException">The store could not be written.</exception>
    public Task<AddReport> AddAsync(
        DocumentFolder folder, AddOptions? options = null, IProgress<AddProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Indexer(progress, cancellationToken).AddFolderAsync(folder, options ?? new AddOptions());
    }

    /// <summary>Adds documents that come from no file. One with the id of an earlier one replaces it, also within one call: the last wins.</summary>
    /// <param name="documents">The documents; an id is unique within <paramref name="source"/>.</param>
    /// <param name="source">A name under which hits show them, and by which they can be removed together.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Stops between two batches; what was stored stays.</param>
    /// <exception cref="ArgumentException">A document has no id.</exception>
    /// <exception cref="InvalidVectorException">The model gave a vector that is no vector.</exception>
    /// <exception cref="StoreBusyException">Another process kept writing for too long.</exception>
    /// <exception cref="StoreException">The store could not be written.</exception>
    public Task<AddReport> AddAsync(
        IEnumerable<Document> documents, string source = "", IProgress<AddProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(source);
        return Indexer(progress, cancellationToken).AddDocumentsAsync(documents, source);
    }

    /// <summary>Removes a source with all its documents; where no source has that name, the documents with that id.</summary>
    /// <param name="sourceOrDocument">A source as hits show it or by its full path, or a document's id.</param>
    /// <param name="cancellationToken">Stops the waiting for the store.</param>
    /// <returns>How many documents were removed.</returns>
    /// <exception cref="StoreBusyException">Another process kept writing for too long.</exception>
    /// <exception cref="StoreException">The store could not be written.</exception>
    public async Task<int> RemoveAsync(string sourceOrDocument, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourceOrDocument);
        int? removed = null;
        await _writer.WriteAsync(store => (removed = store.Remove(sourceOrDocument)) is not null, cancellationToken).ConfigureAwait(false);
        return removed ?? 0;
    }

    /// <summary>
    /// Finds the passages nearest to a question by meaning, nearest first: up to 10,000 passages each is compared, more are searched along a graph,
    /// which finds 95 of 100 of the nearest or more.
    /// </summary>
    /// <param name="query">The question; the model's query prompt is applied to it.</param>
    /// <param name="k">The most hits wanted.</param>
    /// <param name="filter">A condition in the language of docs/filters.md; null for all passages.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>min(k, matching passages) hits, equal scores in order of storing.</returns>
    /// <exception cref="ArgumentException">The query is blank.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is less than 1.</exception>
    /// <exception cref="FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public IAsyncEnumerable<SearchHit> SearchAsync(string query, int k = 10, string? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var condition = filter is null ? null : FilterParser.Parse(filter);
        return Hits(cancellationToken);

        async IAsyncEnumerable<SearchHit> Hits([EnumeratorCancellation] CancellationToken cancel)
        {
            var vector = await _encoder.QueryAsync(query, cancel).ConfigureAwait(false);
            foreach (var hit in Nearest(vector, k, condition, cancel)) yield return hit;
        }
    }

    /// <summary>Finds the passages nearest to a vector, nearest first.</summary>
    /// <param name="query">Shape [dimensions], finite.</param>
    /// <param name="k">The most hits wanted.</param>
    /// <param name="filter">A condition in the language of docs/filters.md; null for all passages.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>min(k, matching passages) hits, equal scores in order of storing.</returns>
    /// <exception cref="InvalidVectorException">The query has another shape or a component that is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is less than 1.</exception>
    /// <exception cref="FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public IAsyncEnumerable<SearchHit> SearchAsync(
        ReadOnlyMemory<float> query, int k = 10, string? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        _encoder.Check(query.Span, "the query");
        var condition = filter is null ? null : FilterParser.Parse(filter);
        return Hits(cancellationToken);

        async IAsyncEnumerable<SearchHit> Hits([EnumeratorCancellation] CancellationToken cancel)
        {
            await Task.Yield();
            foreach (var hit in Nearest(query, k, condition, cancel)) yield return hit;
        }
    }

    /// <summary>Finds passages by meaning, by words or by both.</summary>
    /// <param name="query">The question.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>At most <see cref="SearchOptions.K"/> hits, best first.</returns>
    /// <exception cref="ArgumentException">The query is blank.</exception>
    /// <exception cref="FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public IAsyncEnumerable<SearchHit> SearchAsync(string query, SearchOptions options, CancellationToken cancellationToken = default) =>
        SearchAsync([this], [query], options, cancellationToken);

    /// <summary>Finds passages in several stores, for several wordings of one question; a passage that many of them find comes first.</summary>
    /// <param name="stores">The stores. Cosines are compared across those of one model; where the models differ, places are (reciprocal rank fusion).</param>
    /// <param name="queries">The wordings.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>At most <see cref="SearchOptions.K"/> hits, best first.</returns>
    /// <exception cref="ArgumentException">There is no store or no query, or a query is blank.</exception>
    /// <exception cref="FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">A store could not be read.</exception>
    public static IAsyncEnumerable<SearchHit> SearchAsync(
        IReadOnlyList<KindredStore> stores, IReadOnlyList<string> queries, SearchOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stores);
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(options);
        if (stores.Count == 0) throw new ArgumentException("no store is given", nameof(stores));
        if (queries.Count == 0) throw new ArgumentException("no query is given", nameof(queries));
        foreach (string query in queries) ArgumentException.ThrowIfNullOrWhiteSpace(query, nameof(queries));
        if (options.Filter is not null) FilterParser.Parse(options.Filter);
        return Hits(cancellationToken);

        async IAsyncEnumerable<SearchHit> Hits([EnumeratorCancellation] CancellationToken cancel)
        {
            foreach (var hit in await Searcher.FindAsync(stores, queries, options, cancel).ConfigureAwait(false)) yield return hit;
        }
    }

    /// <summary>Says which fields of a filter no document of some stores has: of itself that is no error, but mostly it is misspelt.</summary>
    /// <param name="stores">The stores.</param>
    /// <param name="filter">A condition in the language of docs/filters.md.</param>
    /// <param name="cancellationToken">Stops the reading of the documents' fields.</param>
    /// <returns>A sentence for each such field, with the fields that are there, spelt most alike first.</returns>
    /// <exception cref="FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">A store could not be read.</exception>
    public static IReadOnlyList<string> MissingFields(IReadOnlyList<KindredStore> stores, string filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stores);
        var condition = FilterParser.Parse(filter);
        var wanted = FilterNames.Of(condition).ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0) return [];
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var store in stores)
        {
            store._readers.Read(connection =>
            {
                FilterNames.AddAll(connection, known, wanted, cancellationToken);
                return true;
            });
        }

        return FilterNames.Missing(condition, known);
    }

    /// <summary>
    /// Makes the graph that a store of 10,000 passages or more is searched along, and waits for it. Nobody has to: the first search starts it in the
    /// background, and searches compare every passage until it is there.
    /// </summary>
    /// <param name="progress">Told how many passages are linked.</param>
    /// <param name="cancellationToken">Stops the making.</param>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public Task MakeGraphAsync(IProgress<int>? progress = null, CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            _readers.Read(connection =>
            {
                _vectors.Refresh(connection);
                return true;
            });
            _vectors.MakeGraph(progress, cancellationToken);
        }, cancellationToken);

    /// <summary>Reads passages with their vectors, in order of storing, for what needs all of them: a map, a cluster, a copy.</summary>
    /// <param name="filter">A condition in the language of docs/filters.md; null for all passages.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The passages as they are at the first step; later writes do not show.</returns>
    /// <exception cref="FilterSyntaxException">The filter cannot be understood.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public IReadOnlyList<StoredChunk> ReadChunks(string? filter = null, CancellationToken cancellationToken = default)
    {
        var condition = filter is null ? null : FilterParser.Parse(filter);
        return _readers.Read(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"{PassageReader.Select} {(condition is null ? "" : $"WHERE {FilterSql.Apply(condition, command)}")} ORDER BY c.id";
            var chunks = new List<StoredChunk>();
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var passage = PassageReader.Read(rows, chunks.Count + 1, 0);
                byte[] vector = rows.GetFieldValue<byte[]>(PassageReader.VectorColumn);
                if (vector.Length != Dimensions * sizeof(float)) throw new StoreCorruptException(Path, $"the vector of chunk {passage.Id} has {vector.Length} bytes");
                chunks.Add(new StoredChunk(passage, MemoryMarshal.Cast<byte, float>(vector).ToArray()));
            }
            return chunks;
        });
    }

    /// <summary>Looks at every row: SQLite's own checks, the word index, vectors, that each chunk is the text it says it is, and the graph beside the store.</summary>
    /// <remarks>SQLite checks the word index through a write, so on a disk that is read-only that part is left out.</remarks>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="StoreException">The store could not be read, or another process kept writing.</exception>
    public async Task<CheckReport> CheckAsync(CancellationToken cancellationToken = default)
    {
        // a connection of its own: SQLite's check of a word index trusts what its connection remembers of it from before a later write
        using var readers = new StoreReaders(Path);
        var report = readers.Read(connection => StoreCheck.Run(connection, Path, Dimensions, cancellationToken));
        string? words = null;
        try
        {
            await _writer.WriteAsync(
                store =>
                {
                    words = store.CheckWords();
                    return false;
                }, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreReadOnlyException)
        {
            // all else has been looked at
        }
        return words is null ? report : report with { Problems = [.. report.Problems, words] };
    }

    /// <summary>Closes the store once a write in hand is done. Nothing has to be saved: everything acknowledged is on the disk already.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _writer.Dispose();
        _readers.Dispose();
        _vectors.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task CreateAsync(
        string path, IEmbeddingGenerator<string, Embedding<float>> model, ModelFacts facts, StoreSettings settings, CancellationToken cancel)
    {
        int dimensions = facts.Dimensions ?? (await model.GenerateAsync(["length"], options: null, cancel).ConfigureAwait(false))[0].Vector.Length;
        if (dimensions is < 1 or > 65536) throw new StoreException(path, $"the model {facts.Name} has vectors of {dimensions} dimensions: 1 to 65536 can be stored");
        int tokens = settings.ChunkTokens ?? facts.ChunkTokens;
        var meta = new StoreMeta(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), facts.Name, facts.FingerprintFor(model, dimensions), dimensions,
            tokens, ModelFacts.Overlap(tokens), DateTimeOffset.UtcNow);
        using var connection = StoreFile.Open(path, SqliteOpenMode.ReadWriteCreate, queryOnly: false);
        StoreFile.EnsureCreated(connection, path, meta);
        StoreFile.Execute(connection, "PRAGMA journal_mode=WAL");
    }

    private static StoreInfo Info(SqliteConnection connection, string path, StoreMeta meta) => new()
    {
        Path = path,
        FormatVersion = (int)StoreFile.Scalar(connection, "PRAGMA user_version"),
        ModelName = meta.ModelName,
        ModelFingerprint = meta.ModelFingerprint,
        Dimensions = meta.Dimensions,
        ChunkTokens = meta.ChunkTokens,
        ChunkOverlap = meta.ChunkOverlap,
        Created = meta.Created,
        Sources = StoreFile.Scalar(connection, "SELECT count(*) FROM sources"),
        IncompleteSources = StoreFile.Scalar(connection, "SELECT count(*) FROM sources WHERE complete = 0"),
        Documents = StoreFile.Scalar(connection, "SELECT count(*) FROM documents"),
        Chunks = StoreFile.Scalar(connection, "SELECT count(*) FROM chunks"),
    };

    private Indexer Indexer(IProgress<AddProgress>? progress, CancellationToken cancel) => new(
        _readers, _writer, _encoder, _count, new ChunkOptions { MaxTokens = _meta.ChunkTokens, OverlapTokens = _meta.ChunkOverlap }, progress, cancel);
}
