namespace Kindred.Store;

/// <summary>A model gave a vector that cannot be stored or searched with: a component that is no finite number, or a wrong length.</summary>
/// <param name="path">The store's file.</param>
/// <param name="subject">The document, or "the query".</param>
/// <param name="component">The first bad component, or -1 when the length is wrong.</param>
/// <param name="detail">What is wrong.</param>
public sealed class InvalidVectorException(string path, string subject, int component, string detail)
    : StoreException(path, $"the vector of {subject} {detail}: nothing of it was stored")
{
    /// <summary>The document, or "the query".</summary>
    public string Subject { get; } = subject;

    /// <summary>The first component that is not finite; -1 when the length is wrong.</summary>
    public int Component { get; } = component;
}
