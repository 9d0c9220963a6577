using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Kindred.Models.Tokenizers;

namespace Kindred.Models.Encoders;

/// <summary>A sentence encoder on disk, in the layout of Hugging Face and sentence-transformers: what its files say, checked.</summary>
internal sealed class ModelFolder
{
    /// <summary>Raised when this library starts to make other vectors of the same files.</summary>
    private const string FingerprintVersion = "kindred 1";

    private const int MaxLength = 1 << 20;

    /// <summary>The files that decide a vector, relative to the folder.</summary>
    private readonly SortedSet<string> deciding = new(StringComparer.Ordinal);

    private ModelFolder(string path) => Path = path;

    public string Path { get; }

    public string Network { get; private set; } = "";

    /// <summary>What describes the network; need not be there.</summary>
    public string Config { get; private set; } = "";

    public int MaxTokens { get; private set; }

    /// <summary>Length of a token's vector if a file says so.</summary>
    public int? Width { get; private set; }

    public Pooling Pooling { get; private set; } = Pooling.Default;

    public List<DenseLayer> Dense { get; } = [];

    public bool Normalize { get; private set; }

    public Dictionary<string, string> Prompts { get; } = new(StringComparer.Ordinal);

    public string? DefaultPrompt { get; private set; }

    public WordPieceTokenizer Tokenizer { get; private set; } = null!;

    /// <summary>The token vectors of a static model, null for one that has a network.</summary>
    public StaticTable? Table { get; private set; }

    /// <exception cref="ModelFormatException">A file is missing, broken, or asks for something that is not known here.</exception>
    public static ModelFolder Read(string path)
    {
        var folder = new ModelFolder(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(folder.Path)) throw new ModelFormatException(path, "", "is not a folder");
        if (StaticModel.Find(folder.Path) is { } model)
        {
            folder.ReadStatic(model);
        }
        else
        {
            string transformer = folder.ReadModules();
            folder.ReadTransformer(transformer);
        }

        folder.ReadPrompts();
        folder.CheckWidths();
        return folder;
    }

    /// <summary>Hashes the contents of all files that decide a vector.</summary>
    public string Fingerprint() => Fingerprint(FingerprintVersion, Path, deciding);

    /// <summary>A hash over files of a folder and what they are called.</summary>
    public static string Fingerprint(string version, string folder, IEnumerable<string> names)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(version));
        foreach (string name in names)
        {
            using var file = File.OpenRead(System.IO.Path.Combine(folder, name));
            hash.Append(Encoding.UTF8.GetBytes($"\n{name}\n{file.Length}\n"));
            hash.Append(file);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Reads modules.json and the modules behind the transformer; gives the transformer's own folder, relative.</summary>
    private string ReadModules()
    {
        string path = At("modules.json");
        if (!File.Exists(path)) return "";

        deciding.Add("modules.json");
        var modules = Json.Read(path, root => root.ValueKind == JsonValueKind.Array
            ? root.EnumerateArray().Select(m => (Type: m.Text(path, "type"), Folder: m.TextOrNull(path, "path") ?? "")).ToArray()
            : throw new ModelFormatException(path, "", "is not a list of modules"));
        string transformer = "";
        for (int i = 0; i < modules.Length; i++)
        {
            var (type, folder) = modules[i];
            if (folder.Length > 0 && (System.IO.Path.IsPathRooted(folder) || folder.Split('/', '\\').Contains("..")))
            {
                throw new ModelFormatException(path, "path", $"{folder} leads out of the model folder");
            }

            string kind = type.StartsWith("sentence_transformers.", StringComparison.Ordinal) ? type[(type.LastIndexOf('.') + 1)..] : type;
            switch (kind)
            {
                case "Transformer" when i == 0:
                    transformer = folder;
                    break;
                case "Pooling" when i == 1:
                    string config = System.IO.Path.Combine(folder, "config.json");
                    (Pooling, Width) = Json.Read(At(config), root => (
                        Pooling.Read(At(config), root),
                        root.Whole(At(config), "word_embedding_dimension", 1, MaxLength) ?? root.Whole(At(config), "embedding_dimension", 1, MaxLength)));
                    deciding.Add(config);
                    break;
                case "Dense" when i > 1 && !Normalize:
                    Dense.Add(DenseLayer.Read(At(folder)));
                    deciding.Add(System.IO.Path.Combine(folder, "config.json"));
                    deciding.Add(System.IO.Path.Combine(folder, "model.safetensors"));
                    break;
                case "Normalize" when i > 1:
                    Normalize = true;
                    break;
                case "Transformer" or "Pooling" or "Dense" or "Normalize":
                    throw new ModelFormatException(path, $"[{i}].type", $"{type} cannot stand at this place; known is Transformer, Pooling, Dense…, Normalize");
                default:
                    throw new ModelFormatException(path, $"[{i}].type", $"{type} is not known here, only Transformer, Pooling, Dense and Normalize of sentence_transformers");
            }
        }

        return modules.Length >= 2 ? transformer : throw new ModelFormatException(path, "", "names no Transformer with a Pooling behind it");
    }

    private void ReadStatic(StaticModel model)
    {
        Tokenizer = new WordPieceTokenizer(WordPieceFiles.Read(At(model.Folder), lower: false, bare: true));
        Table = StaticTable.Read(At(System.IO.Path.Combine(model.Folder, StaticModel.Weights)), Tokenizer.VocabularySize);
        Normalize = model.Normalize;
        MaxTokens = int.MaxValue;
        foreach (string file in WordPieceFiles.Files(At(model.Folder))) deciding.Add(System.IO.Path.Combine(model.Folder, file));
        deciding.Add(System.IO.Path.Combine(model.Folder, StaticModel.Weights));
        foreach (string file in (string[])["config.json", "modules.json"])
            if (File.Exists(At(file))) deciding.Add(file);
    }

    private void ReadTransformer(string transformer)
    {
        string[] places = [System.IO.Path.Combine(transformer, "onnx", "model.onnx"), System.IO.Path.Combine(transformer, "model.onnx"), System.IO.Path.Combine("onnx", "model.onnx"), "model.onnx"];
        string network = places.FirstOrDefault(p => File.Exists(At(p))) ?? throw new ModelFormatException(Path, "onnx/model.onnx", "is missing, and so is model.onnx");
        Network = At(network);

        // weights that lie beside the graph are named after it
        string beside = System.IO.Path.GetDirectoryName(network) ?? "";
        foreach (string file in Directory.EnumerateFiles(At(beside), "model.onnx*")) deciding.Add(System.IO.Path.Combine(beside, System.IO.Path.GetFileName(file)));

        int? limit = null;
        bool lower = false;
        string sentence = System.IO.Path.Combine(transformer, "sentence_bert_config.json");
        if (File.Exists(At(sentence)))
        {
            deciding.Add(sentence);
            (limit, lower) = Json.Read(At(sentence), root => (root.Whole(At(sentence), "max_seq_length", 2, MaxLength), root.Flag(At(sentence), "do_lower_case", false)));
        }

        string config = System.IO.Path.Combine(transformer, "config.json");
        Config = At(config);
        if (File.Exists(Config))
        {
            var (positions, hidden) = Json.Read(Config, root => (
                root.Whole(Config, "max_position_embeddings", 2, MaxLength), root.Whole(Config, "hidden_size", 1, MaxLength)));
            Width ??= hidden;
            if (positions is not null) limit = Math.Min(limit ?? int.MaxValue, positions.Value);
            deciding.Add(config);
        }

        MaxTokens = limit ?? 512;
        Tokenizer = new WordPieceTokenizer(WordPieceFiles.Read(At(transformer), lower));
        foreach (string file in WordPieceFiles.Files(At(transformer)))
        {
            if (File.Exists(At(System.IO.Path.Combine(transformer, file)))) deciding.Add(System.IO.Path.Combine(transformer, file));
        }
    }

    private void ReadPrompts()
    {
        const string Name = "config_sentence_transformers.json";
        string path = At(Name);
        if (!File.Exists(path)) return;
        deciding.Add(Name);
        DefaultPrompt = Json.Read(path, root =>
        {
            if (root.Get(path, "prompts") is { } prompts)
            {
                if (prompts.ValueKind != JsonValueKind.Object) throw new ModelFormatException(path, "prompts", "is not an object");
                foreach (var prompt in prompts.EnumerateObject()) Prompts[prompt.Name] = prompts.Text(path, prompt.Name);
            }

            return root.TextOrNull(path, "default_prompt_name");
        });
        if (DefaultPrompt is not null && !Prompts.ContainsKey(DefaultPrompt)) throw new ModelFormatException(path, "default_prompt_name", $"{DefaultPrompt} is not among the prompts");
    }

    private void CheckWidths()
    {
        if (Dense.Count == 0) return;
        int? width = Width * Pooling.Parts;
        foreach (var layer in Dense)
        {
            if (width is not null && layer.Inputs != width) throw new ModelFormatException(Path, "Dense", $"takes {layer.Inputs} values, what stands before it gives {width}");
            width = layer.Outputs;
        }
    }
}
