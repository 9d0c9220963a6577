namespace Kindred.Models.Media;

/// <summary>A picture or a sound that cannot be read: what is wrong with it, and where.</summary>
/// <param name="problem">What is wrong, in a few words.</param>
/// <param name="inner">What made it show, if anything.</param>
public sealed class MediaFormatException(string problem, Exception? inner = null) : Exception(problem, inner);
