namespace Kindred.Bench.Ann;

/// <param name="Recall">Share of the true neighbours found.</param>
/// <param name="QueriesPerSecond">Over one pass.</param>
/// <param name="BuildSeconds">Negative when the index was loaded and not built.</param>
/// <param name="BytesPerVector">Memory that the index keeps.</param>
internal sealed record Pass(double Recall, double QueriesPerSecond, double BuildSeconds, double BytesPerVector);
