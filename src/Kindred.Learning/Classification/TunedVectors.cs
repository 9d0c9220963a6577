namespace Kindred.Learning.Classification;

/// <summary>What an encoder says once it is tuned to labels.</summary>
/// <param name="Vectors">Those of the texts that were to be encoded, shape [m, d].</param>
/// <param name="Tuning">Gives what the tuning has changed, as the encoder keeps it: it is asked of the tuning that is kept alone.</param>
public sealed record TunedVectors(IReadOnlyList<ReadOnlyMemory<float>> Vectors, Func<ReadOnlyMemory<byte>> Tuning);
