using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Classification;

public sealed partial class Classifier
{
    /// <summary>The rows it learnt from that are most like each of some rows, most alike first.</summary>
    /// <param name="rows">Shape [n], as for <see cref="Predict"/>.</param>
    /// <param name="count">How many for each.</param>
    /// <param name="among">Shape [n]: only rows that have one of these labels; null for any.</param>
    /// <exception cref="InvalidOperationException">It was fitted without keeping its rows.</exception>
    public IReadOnlyList<IReadOnlyList<Explanation>> Explain(Samples rows, int count, IReadOnlyList<IReadOnlyCollection<string>>? among = null)
    {
        Check(rows);
        if (kept is null) throw new InvalidOperationException("The classifier was fitted without keeping its rows, so it cannot show them.");
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        CheckReadable(rows);
        var asked = Reading(rows, 0, rows.Count);
        var known = kept.Vectors is not null ? kept.Vectors.Unit() : null;
        var knownTerms = known is null ? terms!.Transform(kept.Texts!) : null;
        var all = new IReadOnlyList<Explanation>[asked.Count];
        const int Piece = 512;
        for (int first = 0; first < asked.Count; first += Piece)
        {
            var part = asked.Take([.. Enumerable.Range(first, Math.Min(Piece, asked.Count - first))]);
            var cosines = known is not null ? KernelRidge.Product(part.Vectors!.Unit(), known) : TermCosines(part.Terms!, knownTerms!);
            for (int i = 0; i < cosines.Count; i++)
            {
                var row = cosines[i];
                if (among?[first + i] is { } wanted)
                {
                    for (int j = 0; j < row.Length; j++)
                        if (!kept.Labels[j].Any(l => wanted.Contains(labels[l]))) row[j] = float.NegativeInfinity;
                }

                float[] scores = row.ToArray();
                all[first + i] = [.. NearestView.Nearest(scores, count).Where(j => float.IsFinite(scores[j])).Select(j => new Explanation(kept.Numbers?[j] ?? j + 1, kept.Texts?[j] ?? "", [.. kept.Labels[j].Select(l => labels[l])], scores[j]))];
            }
        }

        return all;
    }

    /// <summary>Which of some rows have the very content of a row it learnt from: figures that are measured on them flatter.</summary>
    /// <param name="rows">Shape [n], as for <see cref="Predict"/>.</param>
    /// <returns>Their places, in order; none where it was fitted without keeping its rows.</returns>
    public IReadOnlyList<int> Learnt(Samples rows)
    {
        Check(rows);
        CheckReadable(rows);
        if (kept is null) return [];
        if (rows.Texts is { } texts && kept.Texts is { } known)
        {
            var all = known.ToHashSet(StringComparer.Ordinal);
            return [.. Enumerable.Range(0, rows.Count).Where(i => all.Contains(texts[i]))];
        }

        if (kept.Vectors is null || rows.Count == 0) return [];
        var asked = Reading(rows, 0, rows.Count).Vectors!;
        var contents = Enumerable.Range(0, kept.Vectors.Count).Select(i => Content(kept.Vectors[i])).ToHashSet(StringComparer.Ordinal);
        return [.. Enumerable.Range(0, rows.Count).Where(i => contents.Contains(Content(asked[i])))];

        static string Content(ReadOnlySpan<float> row) => new(System.Runtime.InteropServices.MemoryMarshal.Cast<float, char>(row));
    }

    /// <summary>
    /// Which rows a person should label next: those it is least sure of (the margin between the two likeliest classes), each unlike those already chosen, since a row of the same kind would teach the same again.
    /// </summary>
    /// <param name="rows">Shape [n]: rows without labels, as for <see cref="Predict"/>.</param>
    /// <param name="count">How many to choose.</param>
    /// <returns>Row numbers and how unsure it is, 0 to 1, the first to be labelled first.</returns>
    public IReadOnlyList<(int Row, double Uncertainty, Prediction Prediction)> Next(Samples rows, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var predictions = Predict(rows);
        var asked = Reading(rows, 0, rows.Count);
        if (asked.Vectors is null) return Choose(predictions, many, count, (i, j) => Overlap(asked.Terms!, i, asked.Terms!, j));
        var units = asked.Vectors.Unit();
        return Choose(predictions, many, count, (i, j) => Metric.Dot(units[i], units[j]));
    }

    /// <summary>The same for predictions of any classifier that gives one label a row.</summary>
    /// <param name="predictions">Shape [n].</param>
    /// <param name="vectors">Shape [n, d]: rows whose vectors have a large cosine are of one kind.</param>
    /// <param name="count">How many to choose.</param>
    /// <inheritdoc cref="Next"/>
    public static IReadOnlyList<(int Row, double Uncertainty, Prediction Prediction)> Choose(IReadOnlyList<Prediction> predictions, IReadOnlyList<ReadOnlyMemory<float>> vectors, int count)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (predictions.Count != vectors.Count) throw new ArgumentException($"{predictions.Count} predictions and {vectors.Count} vectors: as many of each are wanted.", nameof(vectors));
        return Choose(predictions, several: false, count, (i, j) => Metric.Cosine(vectors[i].Span, vectors[j].Span));
    }

    private static List<(int, double, Prediction)> Choose(IReadOnlyList<Prediction> predictions, bool several, int count, Func<int, int, float> alike)
    {
        double[] unsure = [.. predictions.Select(p => Uncertainty(p, several))];
        int[] candidates = [.. Enumerable.Range(0, predictions.Count).OrderByDescending(i => unsure[i]).Take(Math.Max(1000, 10 * count))];
        var nearest = new double[candidates.Length];   // how like the nearest chosen one
        var chosen = new List<(int, double, Prediction)>();
        var free = Enumerable.Range(0, candidates.Length).ToHashSet();
        while (chosen.Count < count && free.Count > 0)
        {
            int best = free.MaxBy(i => (unsure[candidates[i]] * (1 - nearest[i]), -i));
            free.Remove(best);
            chosen.Add((candidates[best], unsure[candidates[best]], predictions[candidates[best]]));
            foreach (int i in free) nearest[i] = Math.Max(nearest[i], Math.Clamp(alike(candidates[i], candidates[best]), 0, 1));
        }

        return chosen;
    }

    /// <summary>1 less the margin of the two likeliest; with several labels a row, how near the nearest chance is to a half.</summary>
    private static double Uncertainty(Prediction prediction, bool several)
    {
        if (several) return prediction.Probabilities.Max(p => 1 - (2 * Math.Abs(p - 0.5)));
        float first = 0, second = 0;
        foreach (float p in prediction.Probabilities)
        {
            if (p > first) (first, second) = (p, first);
            else if (p > second) second = p;
        }

        return 1 - (first - second);
    }

    private void CheckReadable(Samples rows)
    {
        if (terms is not null && rows.Texts is null) throw new ArgumentException("The classifier reads texts, and there are none.", nameof(rows));
        if (dimensions > 0 && rows.Vectors is null) throw new ArgumentException("The classifier reads vectors, and there are none.", nameof(rows));
        if (layers > 0 && rows.Layers is null) throw new ArgumentException("The classifier reads the layers of its encoder, and there are none.", nameof(rows));
        if (tunedDimensions > 0 && rows.Tuned is null) throw new ArgumentException("The classifier reads the vectors of its encoder as it was tuned, and there are none.", nameof(rows));
        if (rows.Count == 0) return;
        if (tunedDimensions > 0 && rows.Tuned![0].Length != tunedDimensions) throw new ArgumentException($"The tuned vectors have {rows.Tuned[0].Length} components, those of the classifier {tunedDimensions}.", nameof(rows));
        if (dimensions > 0 && rows.Vectors![0].Length != dimensions) throw new ArgumentException($"The vectors have {rows.Vectors[0].Length} components, those of the classifier {dimensions}.", nameof(rows));
        if (layers > 0 && rows.Layers![0].Length != layers) throw new ArgumentException($"The layers have {rows.Layers[0].Length} components, those of the classifier {layers}.", nameof(rows));
    }

    private Prepared Reading(Samples rows, int first, int count)
    {
        string[]? texts = rows.Texts?.Skip(first).Take(count).ToArray();
        return Prepare(
            texts,
            dimensions > 0 ? DenseRows.Copy([.. rows.Vectors!.Skip(first).Take(count)]) : null, terms, scale,
            layers > 0 ? DenseRows.Copy([.. rows.Layers!.Skip(first).Take(count)]) : null, layerScale) with
        {
            Style = Array.Exists(views, v => v.Name == KernelView.OnStyle) ? StyleFeatures.Of(texts!) : null,
            Tuned = tunedDimensions > 0 ? DenseRows.Copy([.. rows.Tuned!.Skip(first).Take(count)]) : null,
        };
    }

    private static DenseRows TermCosines(SparseRows left, SparseRows right)
    {
        var cosines = new DenseRows(left.Count, right.Count);
        Parallel.For(0, left.Count, i =>
        {
            for (int j = 0; j < right.Count; j++) cosines[i][j] = Overlap(left, i, right, j);
        });
        return cosines;
    }

    /// <summary>Both kinds of terms have length 1, so half the product is a cosine.</summary>
    private static float Overlap(SparseRows left, int i, SparseRows right, int j)
    {
        float sum = 0;
        ReadOnlySpan<int> a = left.Columns(i), b = right.Columns(j);
        ReadOnlySpan<float> x = left.Values(i), y = right.Values(j);
        for (int p = 0, q = 0; p < a.Length && q < b.Length;)
        {
            if (a[p] == b[q]) sum += x[p++] * y[q++];
            else if (a[p] < b[q]) p++;
            else q++;
        }

        return sum / 2;
    }
}
