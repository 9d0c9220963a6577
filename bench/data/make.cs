#:project ../../src/Kindred.Vectors/Kindred.Vectors.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

// Makes the data sets of the ann benchmark: NAME-base.fvecs, NAME-queries.fvecs, NAME-truth.ivecs (the 100 nearest rows of each query, by exact search).
// bench/README.md says how to run it. All of it is seeded: two runs write the same rows.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Kindred.Vectors.Files;
using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;

const string Usage = "usage: make.cs glove JSON | clustered ROWS | duplicates ROWS | texts F.npy, each with [--out FOLDER] [--queries N]";
const string GloveSha256 = "ee21d840774c8cdc31ac46695f51fd5052432c1605baa965c8077712b8d75068";
const int Nearest = 100;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
string folder = Option("--out") ?? Path.Combine("artifacts", "ann");
int asked = int.Parse(Option("--queries") ?? "1000", CultureInfo.InvariantCulture);
if (args.Length < 2)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

Directory.CreateDirectory(folder);
switch (args[0])
{
    case "glove":
    {
        float[][] rows = Glove(args[1]);
        foreach (float[] row in rows) Metric.Normalize(row);
        HoldOut("glove", rows, MetricKind.Cosine, 10_000);
        return 0;
    }

    case "texts":
    {
        float[][] rows = [.. NpyFile.Read(args[1]).Select(row => row.ToArray())];
        foreach (float[] row in rows) Metric.Normalize(row);
        HoldOut("texts", rows, MetricKind.Cosine, Math.Min(asked, rows.Length / 10));
        return 0;
    }

    case "clustered":
    {
        int count = int.Parse(args[1], CultureInfo.InvariantCulture);
        var mixture = new Mixture(128, 1000, new Random(5));
        Write(count % 1_000_000 == 0 ? $"clustered-{count / 1_000_000}m" : $"clustered-{count / 1000}k", Draw(mixture, count, 6), Draw(mixture, asked, 7), MetricKind.SquaredL2);
        return 0;
    }

    case "duplicates":
    {
        // a twentieth of the rows are distinct; the rest repeat them, some a thousand times; a few lie far from everything
        int count = int.Parse(args[1], CultureInfo.InvariantCulture);
        var mixture = new Mixture(64, 50, new Random(8));
        float[][] distinct = Draw(mixture, count / 20, 9), rows = new float[count][];
        foreach (float[] far in distinct.Take(20))
            for (int d = 0; d < far.Length; d++) far[d] *= 100;
        var random = new Random(10);
        for (int i = 0; i < count; i++) rows[i] = distinct[i < distinct.Length ? i : (int)(distinct.Length * Math.Pow(random.NextDouble(), 3))];
        random.Shuffle(rows);
        Write("duplicates", rows, [.. Draw(mixture, asked - (asked / 4), 11), .. distinct.Take(asked / 4)], MetricKind.SquaredL2);
        return 0;
    }

    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static float[][] Draw(Mixture mixture, int count, int seed)
{
    var random = new Random(seed);
    float[][] rows = new float[count][];
    for (int i = 0; i < count; i++) rows[i] = mixture.Next(random);
    return rows;
}

// the queries are rows that the base does not hold
void HoldOut(string name, float[][] rows, MetricKind metric, int held)
{
    new Random(4).Shuffle(rows);
    Write(name, rows[held..], rows[..Math.Min(asked, held)], metric);
}

void Write(string name, float[][] rows, float[][] queries, MetricKind metric)
{
    WriteRows<float>(Path.Combine(folder, $"{name}-base.fvecs"), rows);
    WriteRows<float>(Path.Combine(folder, $"{name}-queries.fvecs"), queries);
    using var index = new FlatIndex(rows[0].Length, metric);
    for (int i = 0; i < rows.Length; i++) index.Add(i, rows[i]);
    int[][] truth = new int[queries.Length][];
    Parallel.For(0, queries.Length, q =>
    {
        var hits = new Neighbor[Math.Min(Nearest, rows.Length)];
        index.Search(queries[q], hits);
        truth[q] = [.. hits.Select(hit => (int)hit.Id)];
    });
    for (int q = 0; q < Math.Min(5, queries.Length); q++) CheckAgainstDouble(q, rows, queries[q], truth[q]);
    WriteRows<int>(Path.Combine(folder, $"{name}-truth.ivecs"), truth);
    Console.WriteLine($"{name}: {rows.Length} rows and {queries.Length} queries of {rows[0].Length} dimensions, metric {metric}");
}

// the truth is what everything else is measured by: some of it is computed again another way (unit rows: squared distance orders as cosine does)
static void CheckAgainstDouble(int q, float[][] rows, float[] query, int[] truth)
{
    double[] distances = [.. rows.Select(row => Distance(row, query))];
    double[] sorted = [.. distances.Order().Take(truth.Length)];
    for (int i = 0; i < truth.Length; i++)
        if (Math.Abs(distances[truth[i]] - sorted[i]) > 1e-5 * (1 + sorted[i])) throw new InvalidDataException($"query {q}: neighbour {i} is at {distances[truth[i]]}, not at {sorted[i]}");
}

static double Distance(float[] x, float[] y)
{
    double sum = 0;
    for (int d = 0; d < x.Length; d++) sum += ((double)x[d] - y[d]) * ((double)x[d] - y[d]);
    return sum;
}

static void WriteRows<T>(string path, T[][] rows)
    where T : unmanaged
{
    using (var file = new FileStream(path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
    {
        foreach (T[] row in rows)
        {
            file.Write(BitConverter.GetBytes(row.Length));
            file.Write(MemoryMarshal.AsBytes<T>(row));
        }
    }

    File.Move(path + ".tmp", path, overwrite: true);
}

// {"size":…,"dimensions":…,"words":[…],"vectors":{"the":[100 numbers, norm, index],…}}, read as a stream
static float[][] Glove(string path)
{
    using (var file = File.OpenRead(path))
        if (Convert.ToHexStringLower(SHA256.HashData(file)) != GloveSha256) throw new InvalidDataException($"{path} is not the file that this recipe is for");
    float[][] rows = [];
    var numbers = new List<float>();
    string section = "";
    using var json = File.OpenRead(path);
    byte[] buffer = new byte[1 << 20];
    int held = 0;
    var state = new JsonReaderState();
    while (true)
    {
        int read = json.Read(buffer, held, buffer.Length - held);
        var reader = new Utf8JsonReader(buffer.AsSpan(0, held + read), read == 0, state);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1) section = reader.GetString()!;
            else if (reader.TokenType == JsonTokenType.Number && section == "size") rows = new float[reader.GetInt32()][];
            else if (reader.TokenType == JsonTokenType.Number && section == "vectors") numbers.Add(reader.GetSingle());
            else if (reader.TokenType == JsonTokenType.EndArray && section == "vectors")
            {
                rows[(int)numbers[^1]] = [.. numbers.Take(numbers.Count - 2)];
                numbers.Clear();
            }
        }

        if (read == 0) break;
        int used = (int)reader.BytesConsumed;
        held = held + read - used;
        buffer.AsSpan(used, held).CopyTo(buffer);
        state = reader.CurrentState;
    }

    return Array.TrueForAll(rows, row => row?.Length == 100) ? rows : throw new InvalidDataException("not every word has 100 numbers");
}

// Gaussians whose weights fall like a power of their rank, whose sizes differ several-fold, and each of which is longer along some axes than along others
internal sealed class Mixture
{
    private readonly float[][] _centres, _scales;
    private readonly double[] _upTo;

    public Mixture(int dimensions, int clusters, Random random)
    {
        (_centres, _scales, _upTo) = (new float[clusters][], new float[clusters][], new double[clusters]);
        double sum = 0;
        for (int c = 0; c < clusters; c++)
        {
            double size = 0.35 * Math.Exp(0.6 * Normal(random));
            _centres[c] = [.. Enumerable.Range(0, dimensions).Select(_ => (float)Normal(random))];
            _scales[c] = [.. Enumerable.Range(0, dimensions).Select(_ => (float)(size * Math.Exp(0.6 * Normal(random))))];
            _upTo[c] = sum += Math.Pow(c + 10, -0.9);
        }

        for (int c = 0; c < clusters; c++) _upTo[c] /= sum;
    }

    public float[] Next(Random random)
    {
        int at = Array.BinarySearch(_upTo, random.NextDouble());
        int c = Math.Min(at < 0 ? ~at : at, _upTo.Length - 1);
        float[] row = new float[_centres[c].Length];
        for (int d = 0; d < row.Length; d++) row[d] = _centres[c][d] + (_scales[c][d] * (float)Normal(random));
        return row;
    }

    // Box and Muller 1958
    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
