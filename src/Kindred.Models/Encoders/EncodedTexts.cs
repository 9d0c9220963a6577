namespace Kindred.Models.Encoders;

/// <summary>The vectors of some texts, with how many tokens each has and how many of them were read, and the network's last layers where they were wanted and there are any.</summary>
internal sealed record EncodedTexts(float[][] Vectors, int[] Total, int[] Kept, float[][]? Layers);
