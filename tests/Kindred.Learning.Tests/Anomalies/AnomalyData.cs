using System.IO.Compression;

namespace Kindred.Learning.Tests.Anomalies;

/// <summary>Rows for the tests of anomalies: made up the same everywhere, or real ones from beside the clone.</summary>
internal static class AnomalyData
{
    /// <summary>Uniform numbers of a linear congruential generator, which the scripts behind the golden values repeat.</summary>
    public static float[] Uniform(int count)
    {
        long state = 12345;
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            state = ((state * 1103515245) + 12345) % 2147483648;
            values[i] = (float)(state / 2147483648.0);
        }

        return values;
    }

    public static ReadOnlyMemory<float>[] Normal(int rows, int dimensions, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => new ReadOnlyMemory<float>([.. Enumerable.Range(0, dimensions).Select(_ => (float)Gauss(random))]))];
    }

    public static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>A table of the shared data; the test is skipped where there is none.</summary>
    public static (string[] Names, string[][] Rows) Shared(string name)
    {
        using var file = File.OpenRead(SharedFolder.At("data", name));
        using var reader = new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        string[][] lines = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd('\r').Split('\t'))];
        return (lines[0], lines[1..]);
    }
}
