namespace Kindred.Cli.Maps;

/// <summary>What a page says of a group of texts.</summary>
/// <param name="Words">The words that tell it from the others.</param>
/// <param name="Texts">Some of its texts, shortened.</param>
/// <param name="Near">The topic nearest to it; empty where there is none.</param>
/// <param name="Times">Its share of the texts at each time, in order; empty where no times are known.</param>
internal sealed record MapTopic(IReadOnlyList<string> Words, IReadOnlyList<string> Texts, string Near, IReadOnlyList<(string Time, double Share)> Times);
