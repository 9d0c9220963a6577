using Kindred.Vectors.Metrics;

namespace Kindred.Cli.Verbs;

/// <param name="Index">flat, hnsw or ivf.</param>
/// <param name="Quantizer">none, sq8, sq4, pq or rabitq.</param>
/// <param name="Metric">How likeness is scored.</param>
/// <param name="Threads">Threads that build.</param>
internal sealed record AnnSettings(string Index, string Quantizer, MetricKind Metric, int Threads);
