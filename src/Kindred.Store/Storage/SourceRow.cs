namespace Kindred.Store.Storage;

/// <summary>A source as its row holds it.</summary>
internal sealed record SourceRow(
    string Uri, string Path, string? Root, string? Name, string? Extension, string? Kind, byte[]? Hash, long? Bytes, string? Modified, string? Note)
{
    public static SourceRow Of(DocumentFile file, string root, byte[] hash) => new(
        System.IO.Path.GetFullPath(file.FullPath), file.Path, root,
        System.IO.Path.GetFileName(file.Path), System.IO.Path.GetExtension(file.Path).TrimStart('.').ToLowerInvariant(), file.Kind, hash, file.Bytes,
        TimeText.Of(file.Modified), Note: null);

    /// <summary>A source for documents that come from no file. No full path starts like its uri.</summary>
    public static SourceRow Named(string name) => new($"documents:{name}", name, null, null, null, null, null, null, null, null);
}
