namespace Kindred.Store;

/// <summary>What a search goes by.</summary>
public enum SearchMethod
{
    /// <summary>Nearness of the vectors: finds what means the same in other words.</summary>
    Meaning,

    /// <summary>BM25 over the words of title, heading and text: finds names, numbers and rare terms.</summary>
    Words,

    /// <summary>Both, fused.</summary>
    Hybrid,
}
