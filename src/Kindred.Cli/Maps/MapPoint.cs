namespace Kindred.Cli.Maps;

/// <summary>A point of a map.</summary>
/// <param name="X">Place from left to right.</param>
/// <param name="Y">Place from bottom to top.</param>
/// <param name="Label">A short name, drawn beside the point where there is room.</param>
/// <param name="Source">Where it is from.</param>
/// <param name="Text">The text behind the point, shortened.</param>
/// <param name="Group">Index of its group.</param>
/// <param name="Row">Its number in the file, from 1.</param>
internal readonly record struct MapPoint(float X, float Y, string Label, string Source, string Text, int Group, int Row);
