namespace Kindred.Cli.Maps;

/// <summary>Points of one colour.</summary>
/// <param name="Name">As the legend calls it; empty where the map has no groups.</param>
/// <param name="Color">#rrggbb.</param>
internal sealed record MapGroup(string Name, string Color);
