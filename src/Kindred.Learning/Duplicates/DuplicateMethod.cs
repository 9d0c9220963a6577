namespace Kindred.Learning.Duplicates;

/// <summary>What makes a row a duplicate of another.</summary>
public enum DuplicateMethod
{
    /// <summary>Texts are the same but for case, white space and forms of one letter (Unicode NFKC); vectors are the same bytes.</summary>
    Exact,

    /// <summary>Texts have nearly the same letters; the score is the Jaccard similarity of their pieces, see <see cref="MinHash"/>.</summary>
    Near,

    /// <summary>Vectors point nearly the same way; the score is their cosine.</summary>
    Meaning,
}
