namespace Kindred.Words.Corpora;

/// <summary>How two words that stand side by side are scored.</summary>
public enum PhraseScoring
{
    /// <summary>(count(ab) − least count) · tokens / (count(a) · count(b)): Mikolov et al. 2013b, equation 6, in the scale of word2phrase.c.</summary>
    Discounted,

    /// <summary>ln(p(ab) / (p(a) p(b))) / −ln p(ab), from −1 to 1: G. Bouma, "Normalized (pointwise) mutual information in collocation extraction", 2009.</summary>
    Npmi,
}
