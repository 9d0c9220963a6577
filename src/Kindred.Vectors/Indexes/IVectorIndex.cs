namespace Kindred.Vectors.Indexes;

/// <summary>Vectors in memory that can be searched: the seam behind which flat, graph and inverted indexes stand.</summary>
/// <remarks>Searches may run at once with each other; a change (add, remove) excludes everything else.</remarks>
public interface IVectorIndex : IDisposable
{
    /// <summary>Length of every vector.</summary>
    int Dimensions { get; }

    /// <summary>How many vectors can be found.</summary>
    long Count { get; }

    /// <summary>Adds a vector.</summary>
    /// <param name="id">The caller's key; not yet in the index.</param>
    /// <param name="vector">Shape [dimensions], finite.</param>
    /// <exception cref="ArgumentException">The shape is wrong, a component is not finite, or the id is taken.</exception>
    void Add(long id, ReadOnlySpan<float> vector);

    /// <summary>Removes a vector.</summary>
    /// <param name="id">The key it was added under.</param>
    /// <returns>False when there was no such id.</returns>
    bool Remove(long id);

    /// <summary>Finds the nearest stored vectors, nearest first; equal scores in order of id. Allocates nothing.</summary>
    /// <param name="query">Shape [dimensions], finite.</param>
    /// <param name="hits">Receives the neighbours; its length is k.</param>
    /// <param name="filter">Only ids in this set are found; null for all.</param>
    /// <returns>How many of <paramref name="hits"/> were filled: min(k, matching vectors).</returns>
    /// <exception cref="ArgumentException">The query's shape is wrong or a component is not finite.</exception>
    int Search(ReadOnlySpan<float> query, Span<Neighbor> hits, IdSet? filter = null);

    /// <summary>Finds all stored vectors that are near enough, nearest first; equal scores in order of id.</summary>
    /// <param name="query">Shape [dimensions], finite.</param>
    /// <param name="minimumScore">The least score of a hit: a cosine, a dot product, or minus a squared distance.</param>
    /// <param name="filter">Only ids in this set are found; null for all.</param>
    /// <exception cref="ArgumentException">The query's shape is wrong or a component is not finite, or the score is not a number.</exception>
    IReadOnlyList<Neighbor> SearchRange(ReadOnlySpan<float> query, float minimumScore, IdSet? filter = null);

    /// <summary>Finds the nearest groups, such as documents of which each passage is a vector: the best hit of each, nearest first.</summary>
    /// <param name="query">Shape [dimensions], finite.</param>
    /// <param name="hits">Receives one hit a group; its length is the number of groups wanted.</param>
    /// <param name="groupOf">The group to which an id belongs.</param>
    /// <param name="filter">Only ids in this set are found; null for all.</param>
    /// <returns>How many of <paramref name="hits"/> were filled.</returns>
    /// <exception cref="ArgumentException">The query's shape is wrong or a component is not finite.</exception>
    int SearchGroups(ReadOnlySpan<float> query, Span<Neighbor> hits, Func<long, long> groupOf, IdSet? filter = null);

    /// <summary>Writes the index to a file, beside it first and then renamed.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    void Save(string path);
}
