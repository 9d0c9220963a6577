using Kindred.Store.Reading;

namespace Kindred.Store;

/// <summary>
/// The files under a folder: those that can be read, and those that are skipped with the reason. Nothing has been opened yet.
/// Names that start with a dot are passed over; links to folders are not followed, so a loop of links cannot trap the walk.
/// </summary>
public sealed class DocumentFolder
{
    private DocumentFolder(string root, IReadOnlyList<DocumentFile> files, IReadOnlyList<SkippedFile> skipped, ReadOptions options)
    {
        Root = root;
        Options = options;
        Files = files;
        Skipped = skipped;
    }

    /// <summary>The folder's full path; for a single file, the folder it lies in.</summary>
    public string Root { get; }

    /// <summary>The files to read, in ordinal order of their paths.</summary>
    public IReadOnlyList<DocumentFile> Files { get; }

    /// <summary>What is not read, in ordinal order of the paths.</summary>
    public IReadOnlyList<SkippedFile> Skipped { get; }

    /// <summary>The limits it was walked with, which hold for reading too.</summary>
    internal ReadOptions Options { get; }

    internal static DocumentFolder Find(string path, ReadOptions options, CancellationToken cancel)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        var files = new List<DocumentFile>();
        var skipped = new List<SkippedFile>();
        if (File.Exists(full))
        {
            Sort(new FileInfo(full), Path.GetFileName(full), options, files, skipped);
            return new DocumentFolder(Path.GetDirectoryName(full)!, files, skipped, options);
        }
        if (!Directory.Exists(full)) throw new DirectoryNotFoundException($"{path}: there is no such folder or file");

        var folders = new Stack<(DirectoryInfo Folder, string Prefix)>();
        folders.Push((new DirectoryInfo(full), ""));
        while (folders.TryPop(out var next))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                foreach (var entry in next.Folder.EnumerateFileSystemInfos())
                {
                    if (entry.Name.StartsWith('.') || (OperatingSystem.IsWindows() && entry.Attributes.HasFlag(FileAttributes.Hidden))) continue;
                    string relative = next.Prefix + entry.Name;
                    if (entry is not DirectoryInfo folder) Sort((FileInfo)entry, relative, options, files, skipped);
                    else if (entry.LinkTarget is not null) skipped.Add(new SkippedFile(relative, "a link to a folder is not followed"));
                    else if (entry.Name is "node_modules" or "bin" or "obj") skipped.Add(new SkippedFile(relative, "a folder of built or fetched files"));
                    else folders.Push((folder, relative + "/"));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
            {
                skipped.Add(new SkippedFile(next.Prefix.TrimEnd('/') is { Length: > 0 } name ? name : ".", $"the folder cannot be listed: {Why(e)}"));
            }
        }
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        skipped.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new DocumentFolder(full, files, skipped, options);
    }

    /// <summary>The first line of what the system said.</summary>
    internal static string Why(Exception e) => e is UnauthorizedAccessException ? "access denied" : e.Message.ReplaceLineEndings(" ").Trim();

    private static void Sort(FileInfo file, string relative, ReadOptions options, List<DocumentFile> files, List<SkippedFile> skipped)
    {
        if (DocumentKinds.Of(relative) is not { } kind)
        {
            skipped.Add(new SkippedFile(relative, "not a text format"));
            return;
        }
        try
        {
            var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
            if (target is not { Exists: true }) skipped.Add(new SkippedFile(relative, "a link that leads to no file"));
            else if (DocumentKinds.WhyNot(kind, target.Length, options) is { } reason) skipped.Add(new SkippedFile(relative, reason));
            else files.Add(new DocumentFile(relative, file.FullName, target.Length, target.LastWriteTimeUtc, kind));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            skipped.Add(new SkippedFile(relative, $"cannot be looked at: {Why(e)}"));
        }
    }
}
