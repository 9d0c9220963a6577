namespace Kindred.EndToEnd.Tests.Architecture;

/// <summary>An outside package that a room may use.</summary>
/// <param name="Id">The package.</param>
/// <param name="Namespace">What its assemblies and its namespaces begin with.</param>
internal sealed record Package(string Id, string Namespace)
{
    /// <summary>A package whose assemblies and namespaces are called as it is.</summary>
    public Package(string id) : this(id, id)
    {
    }
}
