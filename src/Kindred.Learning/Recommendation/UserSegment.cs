namespace Kindred.Learning.Recommendation;

/// <summary>Users of like taste, and what tells them from the others.</summary>
/// <param name="Segment">Its number, the largest segment 0.</param>
/// <param name="Users">Who belongs to it.</param>
/// <param name="Profile">The items that tell most: each with the share of the segment's users who took it, and how many times the share among all users that is.</param>
public sealed record UserSegment(int Segment, IReadOnlyList<string> Users, IReadOnlyList<(string Item, double Share, double Lift)> Profile);
