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

    public string Name => sounds ? "resnet18-mel" : "resnet18";

    public string Fingerprint => model.Value is SoundModel sound ? sound.Fingerprint : ((ImageModel)model.Value).Fingerprint;

    /// <summary>Whether --model names an encoder of pictures or sounds.</summary>
    public static bool Names(string? name) => name is not null && ModelCatalog.Find(name) is { Kind: ModelKind.Image or ModelKind.Sound };

    /// <summary>The encoder for a column, null where it holds texts.</summary>
    /// <param name="table">--in: names of files are relative to where it lies.</param>
    /// <param name="model">--model; when left out, the first name tells by its ending.</param>
    /// <param name="column">The column; where it is not the one called file, the first file must be there: a text may end in .jpg too.</param>
    /// <param name="first">The first value of the column.</param>
    public static MediaEncoder? For(string table, string? model, string? column, string? first)
    {
        string folder = Directory.Exists(table) ? table : table == "-" ? "" : Path.GetDirectoryName(table) ?? "";
        string ending = model is null && first is not null && !first.Contains('\n', StringComparison.Ordinal) ? Path.GetExtension(first).ToLowerInvariant() : "";
        bool picture = Pictures.Contains(ending), sound = Sounds.Contains(ending);
        if (Names(model)) sound = ModelCatalog.Find(model!)!.Kind == ModelKind.Sound;
        else if (!(picture || sound) || (column != Column && !File.Exists(Path.Combine(folder, first!)))) return null;
        return new MediaEncoder(folder, sound);
    }

    /// <summary>A table, or a folder of pictures or sounds as one: a row a file, its label the folder it lies in.</summary>
    public static TableReader Open(string tableOrFolder)
    {
        if (!Directory.Exists(tableOrFolder)) return TableReader.Open(tableOrFolder);
        var found = new FileSystemEnumerable<string>(tableOrFolder, (ref entry) => entry.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            // links to folders are not followed: a loop of them would have no end
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && entry.FileName[0] != '.',
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && entry.FileName[0] != '.',
        };
        string[] files = [.. found
            .Where(f => Path.GetExtension(f).ToLowerInvariant() is var e && (Pictures.Contains(e) || Sounds.Contains(e))).Select(f => Path.GetRelativePath(tableOrFolder, f)).Order(StringComparer.Ordinal)];
        if (files.Length == 0) throw new IOException($"{tableOrFolder}: there is no picture and no sound in it ({string.Join(", ", Pictures)}, {string.Join(", ", Sounds)})");
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
        return TableReader.Open(rows, tableOrFolder, TableFormat.Jsonl);
    }

    /// <summary>Why a file cannot be encoded; null if it can.</summary>
    public string? Problem(string name)
    {
        try
        {
            var content = Read(name);
            return (sounds ? SoundModel.Problem(content) : ImageModel.Problem(content)) is { } problem ? $"{name}: {problem}" : null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] names = [.. values];
        try
        {
            return await model.Value.GenerateAsync(names.Select(Read), options, cancellationToken);
        }
        catch (MediaFormatException) when (Array.Find(names, n => Problem(n) is not null) is { } wrong)
        {
            throw new IOException(Problem(wrong));
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => model.Value.GetService(serviceType, serviceKey);

    public void Dispose()
    {
        if (model.IsValueCreated) model.Value.Dispose();
    }

    private DataContent Read(string name)
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
            return new DataContent(File.ReadAllBytes(path), "application/octet-stream");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{name}: {e.Message}", e);
        }
    }
}
