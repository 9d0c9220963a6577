namespace Kindred.Models;

/// <summary>What the catalogue knows of a model.</summary>
/// <param name="Name">Its name, as it is loaded by.</param>
/// <param name="Aliases">Shorter names for it.</param>
/// <param name="Kind">What it makes vectors of.</param>
/// <param name="Description">What it is good for, in one line.</param>
/// <param name="Dimensions">The length of a vector.</param>
/// <param name="MaxTokens">The most tokens of a text that count; null where that has no meaning.</param>
/// <param name="License">The licence of the weights, as an SPDX identifier.</param>
/// <param name="Bytes">The size of the file with the weights.</param>
/// <param name="Sha256">The SHA-256 of that file, lower-case hexadecimal.</param>
/// <param name="Source">Where the weights come from.</param>
/// <param name="Folder">Where the model lies, or would lie.</param>
public sealed record ModelInfo(
    string Name,
    IReadOnlyList<string> Aliases,
    ModelKind Kind,
    string Description,
    int Dimensions,
    int? MaxTokens,
    string License,
    long Bytes,
    string Sha256,
    string Source,
    string Folder)
{
    /// <summary>Whether its folder is there.</summary>
    public bool IsPresent => Directory.Exists(Folder);
}
