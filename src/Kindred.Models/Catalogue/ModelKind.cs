namespace Kindred.Models;

/// <summary>What a model makes vectors of.</summary>
public enum ModelKind
{
    /// <summary>Sentences and passages, by a network that reads them as a whole.</summary>
    Sentence,

    /// <summary>Single words, each with one fixed vector.</summary>
    Words,

    /// <summary>Pictures, by what they show.</summary>
    Image,

    /// <summary>Sounds, by what they sound like.</summary>
    Sound,
}
