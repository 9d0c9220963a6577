using Kindred.Learning.Reduction;

namespace Kindred.Cli.Maps;

/// <summary>How vectors become places in the plane.</summary>
/// <param name="Method">umap, tsne or pca.</param>
/// <param name="Seed">Of the random choices.</param>
internal sealed record Projection(string Method, int Seed)
{
    /// <summary>Shape [n][2].</summary>
    public async Task<float[][]> PlaceAsync(IReadOnlyList<ReadOnlyMemory<float>> rows, CancellationToken cancel)
    {
        if (rows[0].Length == 1) return [.. rows.Select(row => new[] { row.Span[0], 0f })];
        if (Method == "pca") return Pca.Project(rows, 2, cancel);
        return await ProgressBar.RunAsync(Method, show => Task.Run(
            () =>
            {
                void Tell(double share) => show(share, 1, "");
                return Method == "tsne" ? Tsne.Project(rows, null, Tell, cancel) : Umap.Project(rows, new UmapOptions { Seed = Seed }, Tell, cancel);
            },
            cancel));
    }
}
