using System.IO.Enumeration;
using System.Text.Json;
using Kindred.Models;
using Kindred.Models.Media;
using Kindred.Store.Reading;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>Encodes what the names in a column stand for: files of pictures, or of sounds.</summary>
internal sealed class MediaEncoder : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>The column that holds names of files where the user names none.</summary>
    public const string Column = "file";

    /// <summary>Files that are in memory at once.</summary>
    public const int Batch = 16;

    private const long MostBytes = 256L << 20;

    private static readonly string[] Pictures = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"], Sounds = [".wav"];

    private readonly string folder;
    private readonly bool sounds;
    private readonly Lazy<IEmbeddingGenerator<DataContent, Embedding<float>>> model;

    private MediaEncoder(string folder, bool sounds)
    {
        this.folder = folder;
        this.sounds = sounds;
        model = new(() => sounds ? SoundModel.Default : ImageModel.Default);
    }

    public string What => sounds ? "sounds by what they sound like" : "pictures by what they show";

    public string Fingerprint => model.Value is SoundModel sound ? sound.Fingerprint : ((ImageModel)model.Value).Fingerprint;

    /// <summary>Whether --model names an encoder of pictures or sounds.</summary>
    public static bool Names(string? name) => name is not null && ModelCatalog.Find(name) is { Kind: ModelKind.Image or ModelKind.Sound };

    /// <summary>The encoder that --model names.</summary>
    /// <param name="table">--in: names of files are relative to where it lies; "-" where they are relative to here.</param>
    /// <param name="model">--model.</param>
    public static MediaEncoder Open(string table, string model) => new(FolderOf(table), ModelCatalog.Find(model)!.Kind == ModelKind.Sound);

    /// <summary>The encoder of files whose names end so; null where it is no ending of a picture or sound.</summary>
    public static MediaEncoder? ByEnding(string table, string name)
    {
        string ending = Path.GetExtension(name).ToLowerInvariant();
        return Pictures.Contains(ending) ? new(FolderOf(table), false) : Sounds.Contains(ending) ? new(FolderOf(table), true) : null;
    }

    public bool IsThere(string name) => File.Exists(Path.Combine(folder, name));

    private static string FolderOf(string table) => Directory.Exists(table) ? table : table == "-" ? "" : Path.GetDirectoryName(table) ?? "";

    /// <summary>A folder of pictures or sounds as a table: a row a file, its label the folder it lies in.</summary>
    public static TableReader List(string pictures)
    {
        var found = new FileSystemEnumerable<string>(pictures, (ref entry) => entry.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            // links to folders are not followed: a loop of them would have no end
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && entry.FileName[0] != '.',
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && entry.FileName[0] != '.',
        };
        string[] files = [.. found
            .Where(f => Path.GetExtension(f).ToLowerInvariant() is var e && (Pictures.Contains(e) || Sounds.Contains(e))).Select(f => Path.GetRelativePath(pictures, f)).Order(StringComparer.Ordinal)];
        if (files.Length == 0) throw new IOException($"{pictures}: there is no picture and no sound in it ({string.Join(", ", Pictures)}, {string.Join(", ", Sounds)})");
        var rows = new MemoryStream();
        foreach (string file in files)
        {
            using (var json = new Utf8JsonWriter(rows))
            {
                json.WriteStartObject();
                json.WriteString(Column, file);
                json.WriteString("label", Path.GetFileName(Path.GetDirectoryName(file)));
                json.WriteEndObject();
            }

            rows.WriteByte((byte)'\n');
        }

        rows.Position = 0;
        return TableReader.Open(rows, pictures, TableFormat.Jsonl);
    }

    /// <summary>A vector a file; an empty one where it cannot be read, with AdditionalProperties["problem"].</summary>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] names = [.. values];
        var embeddings = new Embedding<float>[names.Length];
        await Parallel.ForAsync(0, names.Length, cancellationToken, async (i, cancel) => embeddings[i] = await EncodeAsync(names[i], options, cancel));
        return [.. embeddings];
    }

    private async Task<Embedding<float>> EncodeAsync(string name, EmbeddingGenerationOptions? options, CancellationToken cancel)
    {
        string problem;
        try
        {
            return (await model.Value.GenerateAsync([await ReadAsync(name, cancel)], options, cancel))[0];
        }
        catch (MediaFormatException e)
        {
            problem = $"{name}: {e.InnerException!.Message}";
        }
        catch (IOException e)
        {
            problem = e.Message;
        }

        return new Embedding<float>(ReadOnlyMemory<float>.Empty) { AdditionalProperties = new() { ["problem"] = problem } };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => model.Value.GetService(serviceType, serviceKey);

    public void Dispose()
    {
        if (model.IsValueCreated) model.Value.Dispose();
    }

    private async Task<DataContent> ReadAsync(string name, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new IOException("the name of the file is blank");
        string path = Path.Combine(folder, name);
        var file = new FileInfo(path);
        if (file.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        if (!file.Exists) throw new IOException($"{name}: there is no such file{(folder.Length > 0 ? $" in {folder}" : "")}");
        if (file.Length == 0) throw new IOException($"{name}: empty, or a pipe or device");
        if (file.Length > MostBytes) throw new IOException($"{name}: larger than {MostBytes >> 20} MB");
        try
        {
            return new DataContent(await File.ReadAllBytesAsync(path, cancel), "application/octet-stream");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{name}: {e.Message}", e);
        }
    }
}
