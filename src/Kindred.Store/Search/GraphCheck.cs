using System.Numerics.Tensors;
using Kindred.Vectors.Files;
using Kindred.Vectors.Indexes;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Search;

/// <summary>Compares the graph beside a store with the store.</summary>
internal sealed class GraphCheck : IDisposable
{
    private readonly HnswIndex? _graph;
    private readonly GraphMark _mark;
    private readonly string? _damage;
    private readonly float[] _row;

    private GraphCheck(HnswIndex? graph, GraphMark mark, string? damage, int dimensions) => (_graph, _mark, _damage, _row) = (graph, mark, damage, new float[dimensions]);

    /// <summary>Vectors in the graph.</summary>
    public long Count => _graph?.Count ?? 0;

    /// <summary>Opens the graph, if one is on record: a file that is not is made anew by the next search and no fault.</summary>
    public static GraphCheck Open(SqliteConnection snapshot, string store, int dimensions)
    {
        var file = new GraphFile(store, dimensions);
        try
        {
            if (file.Open(snapshot) is { } opened) return new GraphCheck(opened.Graph, opened.Mark, null, dimensions);
            if (file.Recorded(snapshot) is not null)
            {
                using var damaged = HnswIndex.Open(file.Path);
                damaged.Verify();   // says what is wrong with it
            }

            return new GraphCheck(null, default, null, dimensions);
        }
        catch (VectorFileException e)
        {
            return new GraphCheck(null, default, $"the graph is damaged, and made anew if its file is deleted: {e.Message}", dimensions);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new GraphCheck(null, default, $"the graph cannot be read: {e.Message}", dimensions);
        }
    }

    /// <summary>What is wrong with a chunk's vector in the graph, or null.</summary>
    public string? Compare(long id, ReadOnlySpan<float> vector)
    {
        if (_graph is null || id > _mark.Highest) return null;
        if (!_graph.TryGetVector(id, _row)) return $"the graph lacks the vector of chunk {id}";

        // both scaled to length 1 by the same code would be equal to the bit; a cosine is enough to tell a vector from another
        float cosine = TensorPrimitives.CosineSimilarity(vector, _row);
        return cosine > 0.9999f || float.IsNaN(cosine) ? null : $"the vector of chunk {id} in the graph is another one (cosine {cosine:F4})";
    }

    /// <summary>What is wrong with the graph as a whole, or null.</summary>
    public string? Whole() =>
        _damage ?? (_graph?.CountUnreachable() is > 0 and var lost ? $"{lost} vectors of the graph cannot be found along it" : null);

    public void Dispose() => _graph?.Dispose();
}
