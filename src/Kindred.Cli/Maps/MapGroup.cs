namespace Kindred.Cli.Maps;

/// <summary>Points of one colour.</summary>
/// <param name="Name">As the legend calls it; empty where the map has no groups.</param>
/// <param name="Color">#rrggbb.</param>
/// <param name="Topic">What the page says of it beside the map; null for its name alone.</param>
/// <param name="IsOne">Whether its points belong together, so that its name has a place among them; not those of no group or of several.</param>
internal sealed record MapGroup(string Name, string Color, MapTopic? Topic, bool IsOne);
