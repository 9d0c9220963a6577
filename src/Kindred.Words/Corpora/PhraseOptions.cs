namespace Kindred.Words.Corpora;

/// <summary>Settings of the search for phrases; defaults as in word2phrase.c.</summary>
public sealed record PhraseOptions
{
    /// <summary>How often two words must stand side by side, 1 or more; also what <see cref="PhraseScoring.Discounted"/> takes off. Default 5.</summary>
    public int MinCount { get; init; } = 5;

    /// <summary>The score that a phrase is above. Null: 100, or 0.5 for <see cref="PhraseScoring.Npmi"/>. Higher gives fewer.</summary>
    public double? Threshold { get; init; }

    /// <summary>How pairs are scored.</summary>
    public PhraseScoring Scoring { get; init; }

    /// <summary>How often phrases are joined and the text is searched again, 1 to 8; two find phrases of up to four words. Default 1.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>Memory for the counts of pairs, in bytes, 1 MiB or more; what does not fit goes to temporary files. Default 512 MiB.</summary>
    public long MemoryBytes { get; init; } = 512 << 20;

    internal double Least => Threshold ?? (Scoring == PhraseScoring.Npmi ? 0.5 : 100);

    internal void Check()
    {
        if (MinCount < 1) throw new ArgumentOutOfRangeException(nameof(MinCount), MinCount, "MinCount is 1 or more.");
        if (!double.IsFinite(Least)) throw new ArgumentOutOfRangeException(nameof(Threshold), Threshold, "Threshold is a finite number.");
        if (!Enum.IsDefined(Scoring)) throw new ArgumentOutOfRangeException(nameof(Scoring), Scoring, "Scoring is not known.");
        if (Passes is < 1 or > 8) throw new ArgumentOutOfRangeException(nameof(Passes), Passes, "Passes is 1 to 8.");
        if (MemoryBytes < 1 << 20) throw new ArgumentOutOfRangeException(nameof(MemoryBytes), MemoryBytes, "MemoryBytes is 1048576 or more.");
    }
}
