namespace Kindred.Learning.Classification;

/// <summary>Tunes an encoder to texts with a class each, and encodes texts by it, as <c>EmbeddingModel.Tuner</c> does.</summary>
/// <param name="learnt">The texts to tune to, shape [n].</param>
/// <param name="classes">The class of each, shape [n], from 0.</param>
/// <param name="encoded">The texts to encode, shape [m].</param>
/// <param name="cancel">Stops the work.</param>
public delegate TunedVectors EncoderTuner(IReadOnlyList<string> learnt, IReadOnlyList<int> classes, IReadOnlyList<string> encoded, CancellationToken cancel);
