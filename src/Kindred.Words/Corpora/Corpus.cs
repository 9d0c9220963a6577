using System.IO.Enumeration;
using Kindred.Vectors.Files;

namespace Kindred.Words.Corpora;

/// <summary>Plain text to train on: a file, packed by gzip or not, every file below a folder, or a stream. A line is a sentence: no window crosses its end.</summary>
/// <param name="Name">The path, or "-".</param>
/// <param name="Tokens">How lines are cut.</param>
public sealed record Corpus(string Name, Tokens Tokens = Tokens.Spaces)
{
    private readonly Stream? _stream;

    /// <summary>A stream, such as standard input; read once, and left open.</summary>
    /// <param name="stream">UTF-8 text.</param>
    /// <param name="tokens">How lines are cut.</param>
    public Corpus(Stream stream, Tokens tokens = Tokens.Spaces)
        : this("-", tokens) => _stream = stream;

    /// <summary>Phrases that are joined while the text is read; null for none.</summary>
    public Phrases? Phrases { get; init; }

    /// <summary>Bytes of all files as they lie on the disk; null for a stream.</summary>
    public long? Length => _stream is null ? Files().Sum(file => new FileInfo(file).Length) : null;

    /// <summary>Reads all tokens.</summary>
    /// <param name="take">Gets each token.</param>
    /// <param name="endLine">Called after each line.</param>
    /// <param name="read">Told how many more bytes were read.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>How many tokens were too long and left out.</returns>
    /// <exception cref="IOException">Something cannot be read; names the file.</exception>
    internal long Read(TokenSplitter.Taker take, Action endLine, Action<int> read, CancellationToken cancel)
    {
        if (Phrases is not null) (take, endLine) = Phrases.Join(take, endLine);
        var splitter = new TokenSplitter(Tokens);
        if (_stream is not null)
        {
            splitter.Read(_stream, take, endLine, read, cancel);
            return splitter.Skipped;
        }
        foreach (string path in Files())
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            if (!PackedText.Is(file))
            {
                splitter.Read(file, take, endLine, read, cancel);
                continue;
            }
            try
            {
                using var text = new PackedText(file);
                long before = 0;
                splitter.Read(text, take, endLine, _ =>
                {
                    read((int)(file.Position - before));
                    before = file.Position;
                }, cancel);
            }
            catch (InvalidDataException e)
            {
                throw new IOException($"{path}: the gzip data is damaged or cut off ({e.Message})", e);
            }
        }
        return splitter.Skipped;
    }

    private IEnumerable<string> Files()
    {
        if (!Directory.Exists(Name)) return [Name];
        // hidden files are caches and histories; links to folders are not followed, for a loop of them has no end; the order must not be the disk's
        var skipped = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
        var found = new FileSystemEnumerable<string>(Name, (ref entry) => entry.ToFullPath(), skipped)
        {
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory,
        };
        var files = found.Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new IOException($"{Name}: the folder holds no files to train on");
    }
}
