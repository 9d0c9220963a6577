namespace Kindred.Words.Evaluation;

/// <summary>How word vectors did on questions of one kind.</summary>
/// <param name="Section">The section.</param>
/// <param name="Correct">Questions whose best word is the wanted one.</param>
/// <param name="Known">Questions of which all four words are known; the others are not asked.</param>
/// <param name="Missing">Questions with an unknown word.</param>
public sealed record AnalogyScore(AnalogySection Section, int Correct, int Known, int Missing)
{
    /// <summary>Correct of known; NaN where none is known.</summary>
    public double Accuracy => (double)Correct / Known;
}
