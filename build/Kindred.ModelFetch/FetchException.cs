namespace Kindred.ModelFetch;

/// <summary>A model that cannot be laid out: what is wrong, and in which file.</summary>
internal sealed class FetchException(string message) : Exception(message);
