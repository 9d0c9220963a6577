using Kindred.Store.Storage;

namespace Kindred.Store.Indexing;

/// <summary>
/// Work that is embedded by one call of the model and stored by one transaction: many small documents, or one large one.
/// The steps run in the order in which they were added.
/// </summary>
internal sealed class Batch
{
    // the model pads less when it sees many texts at once, and a transaction costs one wait for the disk however much it holds
    private const int EnoughChunks = 64, EnoughSteps = 256;
    private const long EnoughText = 8 << 20;

    private readonly List<IStep> _steps = [];
    private int _chunks;
    private long _text;

    public bool Full => _chunks >= EnoughChunks || _steps.Count >= EnoughSteps || _text >= EnoughText;

    public bool Empty => _steps.Count == 0;

    public void Put(SourceRow source, DocumentRow document, IReadOnlyList<PreparedChunk> chunks)
    {
        _steps.Add(new PutDocument(source, document, chunks));
        _chunks += chunks.Count(c => c.Vector is null);
        _text += document.Text.Length;
    }

    /// <summary>Marks a source as done: documents whose key is not in <paramref name="keys"/> are no longer in it.</summary>
    public void Complete(SourceRow source, HashSet<string> keys) => _steps.Add(new CompleteSource(source, keys));

    /// <summary>Brings the row of a source up to date whose bytes are the same as before.</summary>
    public void Touch(SourceRow source) => _steps.Add(new CompleteSource(source, null));

    public void Remove(string uri) => _steps.Add(new RemoveSource(uri));

    /// <summary>The chunks that have no vector yet, with their document's key.</summary>
    public List<(string Document, PreparedChunk Chunk)> Unembedded() =>
        [.. from step in _steps.OfType<PutDocument>() from chunk in step.Chunks where chunk.Vector is null select (step.Document.Key, chunk)];

    /// <summary>Stores it all; called inside a transaction.</summary>
    public (int Documents, int Chunks) Store(StoreStatements store)
    {
        int documents = 0, chunks = 0;
        var ids = new Dictionary<string, long>(StringComparer.Ordinal);   // not kept: another process may remove the source between two batches
        foreach (var step in _steps)
            switch (step)
            {
                case PutDocument put:
                    if (!ids.TryGetValue(put.Source.Uri, out long id)) ids[put.Source.Uri] = id = store.PutSource(put.Source, complete: put.Source.Root is null);
                    if (!store.PutDocument(id, put.Document, put.Chunks)) break;
                    documents++;
                    chunks += put.Chunks.Count;
                    break;
                case CompleteSource complete:
                    id = store.PutSource(complete.Source, complete: true);
                    if (complete.Keys is not null) store.RemoveOthers(id, complete.Keys);
                    break;
                case RemoveSource remove:
                    store.RemoveSource(remove.Uri);
                    break;
            }
        return (documents, chunks);
    }

    private interface IStep;

    private sealed record PutDocument(SourceRow Source, DocumentRow Document, IReadOnlyList<PreparedChunk> Chunks) : IStep;

    private sealed record CompleteSource(SourceRow Source, HashSet<string>? Keys) : IStep;

    private sealed record RemoveSource(string Uri) : IStep;
}
