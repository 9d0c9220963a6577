using System.Diagnostics;
using System.Security.Cryptography;
using Kindred.Store.Chunking;
using Kindred.Store.Storage;

namespace Kindred.Store.Indexing;

/// <summary>One run of adding documents: read, compare, chunk, embed, store. What was stored stays, however the run ends.</summary>
internal sealed class Indexer(
    StoreReaders readers, StoreWriter writer, Encoder encoder, TokenCounter count, ChunkOptions chunking,
    IProgress<AddProgress>? progress, CancellationToken cancel)
{
    /// <summary>Texts of one call of the model: often enough a sign of life, many enough to sort by length.</summary>
    private const int TextsPerCall = 256;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly List<SkippedFile> _skipped = [];
    private readonly List<string> _notes = [];
    private Batch _batch = new();
    private string? _current;
    private int _documents, _chunks, _embedded, _reused, _added, _changed, _unchanged, _removed, _truncated, _looked;

    public async Task<AddReport> AddFolderAsync(DocumentFolder folder, AddOptions options)
    {
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Root));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in folder.Files)
        {
            cancel.ThrowIfCancellationRequested();
            _current = file.Path;
            seen.Add(Path.GetFullPath(file.FullPath));
            try
            {
                await AddFileAsync(file, root, folder.Options).ConfigureAwait(false);
            }
            catch (UnreadableDocumentException e)
            {
                _skipped.Add(new SkippedFile(file.Path, e.Reason));
            }
            _looked++;
            Report();
        }
        _skipped.AddRange(folder.Skipped);
        if (options.Prune) Prune(root, seen);
        return await FinishAsync().ConfigureAwait(false);
    }

    public async Task<AddReport> AddDocumentsAsync(IEnumerable<Document> documents, string name)
    {
        var source = SourceRow.Named(name);
        var old = new OldVersion(readers, source.Uri);
        _current = name;
        // the last of several with one id wins; known only after all of a group were seen
        foreach (var group in documents.Chunk(512))
        {
            cancel.ThrowIfCancellationRequested();
            var last = new Dictionary<string, Document>(StringComparer.Ordinal);
            foreach (var document in group)
            {
                ArgumentException.ThrowIfNullOrEmpty(document.Id, nameof(documents));
                last.Remove(document.Id);
                last.Add(document.Id, document);
            }
            old.LoadDocuments(last.Keys);
            foreach (var document in last.Values)
            {
                var row = Row(document, out var whole);
                if (old.Has(row)) continue;
                var chunks = Chunks(whole);
                _reused += old.Reuse(chunks, row.Key);
                _batch.Put(source, row, chunks);
                if (_batch.Full) await FlushAsync().ConfigureAwait(false);
            }
            await FlushAsync().ConfigureAwait(false);   // the next group may hold the same ids again
        }
        _looked++;
        if (old.Exists) _changed += _documents > 0 ? 1 : 0;
        else if (_documents > 0) _added++;
        if (old.Exists && _documents == 0) _unchanged++;
        return await FinishAsync().ConfigureAwait(false);
    }

    private async Task AddFileAsync(DocumentFile file, string root, ReadOptions limits)
    {
        var source = SourceRow.Of(file, root, await HashAsync(file).ConfigureAwait(false));
        var old = new OldVersion(readers, source.Uri);
        bool same = old.Hash is not null && old.Hash.AsSpan().SequenceEqual(source.Hash);
        if (same && old.Complete)
        {
            _unchanged++;
            if (old.Bytes != source.Bytes || old.Modified != source.Modified) _batch.Touch(source with { Note = old.Note });
            if (_batch.Full) await FlushAsync().ConfigureAwait(false);
            return;
        }

        var read = Documents.Read(file, limits, cancel);
        source = source with { Note = read.Note };
        if (read.Note is not null) _notes.Add($"{file.Path}: {read.Note}");
        old.LoadDocuments();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        int doubled = 0;
        foreach (var document in read.Documents)
        {
            cancel.ThrowIfCancellationRequested();
            var row = Row(document, out var whole);
            bool first = keys.Add(row.Key);
            if (!first) doubled++;
            else if (old.Has(row)) continue;   // an id seen before in this file may be waiting in the batch: then it is put in any case
            var chunks = Chunks(whole);
            _reused += old.Reuse(chunks, document: null);
            _batch.Put(source, row, chunks);
            if (_batch.Full) await FlushAsync().ConfigureAwait(false);
        }
        if (doubled > 0) _notes.Add($"{file.Path}: {doubled} documents have the id of another one in the file; the last of each was kept");
        _batch.Complete(source, keys);
        if (!old.Exists || same) _added++;
        else _changed++;
        if (_batch.Full) await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>The bytes are read and hashed each time: a time stamp proves nothing, and reading costs little beside embedding.</summary>
    private async Task<byte[]> HashAsync(DocumentFile file)
    {
        try
        {
            var target = new FileInfo(file.FullPath);
            if ((target.ResolveLinkTarget(returnFinalTarget: true) ?? target).Attributes.HasFlag(FileAttributes.Device))
                throw new UnreadableDocumentException(file.Path, "is no file");
            using var stream = new FileStream(file.FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return await SHA256.HashDataAsync(stream, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableDocumentException(file.Path, e is UnauthorizedAccessException ? "access denied" : e.Message.ReplaceLineEndings(" ").Trim());
        }
    }

    private static DocumentRow Row(Document document, out Document whole)
    {
        string text = DocumentRow.Whole(document.Text), id = DocumentRow.Whole(document.Id);
        whole = ReferenceEquals(text, document.Text) && ReferenceEquals(id, document.Id) ? document : document with { Text = text, Id = id };
        return DocumentRow.Of(whole);
    }

    private PreparedChunk[] Chunks(Document document)
    {
        var split = Chunker.Split(document, count, chunking);
        var chunks = new PreparedChunk[split.Count];
        for (int i = 0; i < chunks.Length; i++) chunks[i] = new PreparedChunk(split[i], document.Text[split[i].Start..split[i].End]);
        return chunks;
    }

    private void Prune(string root, HashSet<string> seen)
    {
        string under = root.EndsWith(Path.DirectorySeparatorChar) ? root : root + Path.DirectorySeparatorChar;
        // what could not be looked at is not gone: a skipped folder stands for all that lies in it
        var skipped = _skipped.Select(s => Path.GetFullPath(Path.Combine(root, s.Path))).ToArray();
        var stored = readers.Read(connection =>
        {
            using var all = new Statement(connection, "SELECT uri FROM sources WHERE root IS NOT NULL");
            using var rows = all.Read();
            var uris = new List<string>();
            while (rows.Read()) uris.Add(rows.GetString(0));
            return uris;
        });
        foreach (string uri in stored)
        {
            if (!uri.StartsWith(under, StringComparison.Ordinal) || seen.Contains(uri) || File.Exists(uri)) continue;
            if (skipped.Any(s => uri == s || s == root || uri.StartsWith(s + Path.DirectorySeparatorChar, StringComparison.Ordinal))) continue;
            _batch.Remove(uri);
            _removed++;
        }
    }

    private async Task FlushAsync()
    {
        if (_batch.Empty) return;
        var texts = _batch.Unembedded();
        foreach (var part in texts.Chunk(TextsPerCall))
        {
            cancel.ThrowIfCancellationRequested();
            var (vectors, truncated) = await encoder.PassagesAsync([.. part.Select(p => p.Chunk.Text)], i => $"the document {part[i].Document}", cancel).ConfigureAwait(false);
            for (int i = 0; i < part.Length; i++) part[i].Chunk.Vector = vectors[i];
            _embedded += part.Length;
            _truncated += truncated;
            Report();
        }
        var batch = _batch;
        var stored = (Documents: 0, Chunks: 0);
        await writer.WriteAsync(store =>
        {
            stored = batch.Store(store);
            return true;
        }, cancel).ConfigureAwait(false);
        _batch = new Batch();
        _documents += stored.Documents;
        _chunks += stored.Chunks;
        Report();
    }

    private async Task<AddReport> FinishAsync()
    {
        await FlushAsync().ConfigureAwait(false);
        _current = null;
        Report();
        return new AddReport
        {
            Documents = _documents,
            Chunks = _chunks,
            ReusedVectors = _reused,
            Added = _added,
            Changed = _changed,
            Unchanged = _unchanged,
            Removed = _removed,
            Skipped = _skipped,
            Notes = _notes,
            TruncatedTexts = _truncated,
            Seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds,
        };
    }

    private void Report() => progress?.Report(new AddProgress(_current, _looked, _documents, _chunks, _embedded));
}
