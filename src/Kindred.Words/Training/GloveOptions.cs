namespace Kindred.Words.Training;

/// <summary>Settings of GloVe training; names and defaults as in the authors' program.</summary>
public sealed record GloveOptions
{
    /// <summary>Length of a vector, 1 to 4,096. Default 100.</summary>
    public int Dimensions { get; init; } = 100;

    /// <summary>Words to each side that are counted, each by 1 / distance; 1 to 100. Default 15.</summary>
    public int Window { get; init; } = 15;

    /// <summary>How often a word must come, 1 or more. Default 5.</summary>
    public int MinCount { get; init; } = 5;

    /// <summary>Passes over the co-occurrences, 1 to 10,000. Default 25.</summary>
    public int Epochs { get; init; } = 25;

    /// <summary>Threads, 1 to 256; with one, the same corpus and settings give the same bytes. Default: one a core.</summary>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 256);

    /// <summary>Seed of all draws. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>First learning rate of AdaGrad, above 0 to 10. Null: 0.05.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The co-occurrence from which on all count the same, above 0 to 1e9 (paper, equation 9). Default 100.</summary>
    public double XMax { get; init; } = 100;

    /// <summary>The power by which lesser ones count less, 0 to 1 (paper, equation 9). Default 0.75.</summary>
    public double Alpha { get; init; } = 0.75;

    /// <summary>Memory for counting and shuffling, in bytes, 1 MiB or more; what does not fit goes to temporary files. The vectors come on top: 16 bytes a word
    /// and dimension. Null: a quarter of the machine's, 2 GiB at most.</summary>
    public long? MemoryBytes { get; init; }

    internal double Rate => LearningRate ?? 0.05;

    internal long Memory => MemoryBytes ?? Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, LeastMemory, 2L << 30);

    private const long LeastMemory = 1 << 20;

    internal void Check()
    {
        Within(Dimensions, 1, 4096, nameof(Dimensions));
        Within(Window, 1, 100, nameof(Window));
        Within(MinCount, 1, int.MaxValue, nameof(MinCount));
        Within(Epochs, 1, 10_000, nameof(Epochs));
        Within(Threads, 1, 256, nameof(Threads));
        if (!(Rate is > 0 and <= 10)) throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, "LearningRate is above 0 and at most 10.");
        if (!(XMax is > 0 and <= 1e9)) throw new ArgumentOutOfRangeException(nameof(XMax), XMax, "XMax is above 0 and at most 1e9.");
        if (!(Alpha is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(Alpha), Alpha, "Alpha is 0 to 1.");
        if (MemoryBytes < LeastMemory) throw new ArgumentOutOfRangeException(nameof(MemoryBytes), MemoryBytes, $"MemoryBytes is {LeastMemory} or more.");

        static void Within(int value, int least, int most, string name)
        {
            if (value < least || value > most) throw new ArgumentOutOfRangeException(name, value, $"{name} is {least} to {most}.");
        }
    }
}
