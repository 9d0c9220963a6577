namespace Kindred.Cli.Verbs;

/// <summary>One choice of index and quantiser, measured at one effort.</summary>
/// <param name="Index">flat, hnsw or ivf.</param>
/// <param name="Quantizer">none, sq8, sq4, pq or rabitq.</param>
/// <param name="Effort">ef, lists looked into, or times k that are scored again; 0 for flat without a quantiser.</param>
/// <param name="Recall">Share of the true neighbours that was found.</param>
/// <param name="QueriesPerSecond">Of one thread.</param>
/// <param name="BytesPerVector">In memory.</param>
/// <param name="BuildSeconds">Of all cores.</param>
/// <param name="Rows">How many vectors were searched.</param>
internal sealed record AnnPoint(string Index, string Quantizer, int Effort, double Recall, double QueriesPerSecond, double BytesPerVector, double BuildSeconds, int Rows)
{
    public string Choice => AnnOptions.Choice(Index, Quantizer);
}
