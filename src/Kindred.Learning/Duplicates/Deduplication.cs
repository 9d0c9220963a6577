using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Duplicates;

/// <summary>
/// Finds rows that repeat others. Rows are taken in order; one that is like a row that stays (the same, else nearly the same, else of the same meaning) is a duplicate of the most similar one of
/// those, any other stays. So every duplicate is like the row kept for it, rows that stay are not found alike, and a chain a~b~c joins a and c only where they are alike themselves. Of a group the
/// first row stays. May be called by many threads at once.
/// </summary>
public static class Deduplication
{
    /// <summary>Rows looked for at once.</summary>
    internal const int Block = 1024;

    /// <summary>Finds texts that repeat others.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="vectors">A vector a text, all of one length, to compare meanings; an empty or zero one where a text's meaning is not to be compared; null for none.</param>
    /// <param name="options">How alike duplicates are; null for the defaults.</param>
    /// <param name="progress">Told how many rows are done.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">There is not a vector for each text, their lengths differ, one is not finite, or an option is out of its range.</exception>
    public static DuplicateResult Find(IReadOnlyList<string> texts, IReadOnlyList<ReadOnlyMemory<float>>? vectors = null, DuplicateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new DuplicateOptions();
        options.Check();
        if (vectors is not null && vectors.Count != texts.Count) throw new ArgumentException($"There are {vectors.Count} vectors for {texts.Count} texts.", nameof(vectors));
        using var meanings = vectors is not null && options.Meaning is { } cosine ? new Meanings(vectors, cosine) : null;
        var ways = new List<ILikeness>();
        if (options.Near is { } jaccard) ways.Add(new NearTexts(jaccard));
        if (meanings is not null) ways.Add(meanings);
        return Find(texts.Count, row => TextFold.Fold(texts[row]), text => text.Length > 0, StringComparer.Ordinal, ways, progress, cancel);
    }

    /// <summary>Finds vectors that repeat others: the same numbers, or nearly the same direction.</summary>
    /// <param name="vectors">Shape [n][d]. One that is zero or not finite is like no other.</param>
    /// <param name="options">How alike duplicates are; null for the defaults. Near ones are of texts alone.</param>
    /// <param name="progress">Told how many rows are done.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">The vectors' lengths differ, or an option is out of its range.</exception>
    public static DuplicateResult Find(IReadOnlyList<ReadOnlyMemory<float>> vectors, DuplicateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        options ??= new DuplicateOptions();
        options.Check();
        if (vectors.Count > 0) RowMatrix.Width(vectors);
        using var meanings = options.Meaning is { } cosine ? new Meanings(vectors, cosine) : null;
        return Find(vectors.Count, row => vectors[row], IsUsable, RowComparer.Instance, meanings is null ? [] : [meanings], progress, cancel);

        static bool IsUsable(ReadOnlyMemory<float> vector) => Metric.IndexOfNonFinite(vector.Span) < 0 && vector.Span.ContainsAnyExcept(0f);
    }

    private static DuplicateResult Find<TKey>(int count, Func<int, TKey> keyOf, Predicate<TKey> isUsable, IEqualityComparer<TKey> comparer, IReadOnlyList<ILikeness> ways, IProgress<int>? progress, CancellationToken cancel)
        where TKey : notnull
    {
        var firstOf = new Dictionary<TKey, int>(comparer);
        var decided = new Duplicate[count];   // a row that stays keeps itself
        var (duplicates, kept, unusable) = (new List<Duplicate>(), new List<int>(), new List<int>());
        var keys = new TKey[Block];
        for (int start = 0; start < count; start += Block)
        {
            cancel.ThrowIfCancellationRequested();
            int size = Math.Min(Block, count - start), first = start;
            Parallel.For(0, size, i => keys[i] = keyOf(first + i));
            List<int> fresh = [];
            List<TKey> freshKeys = [];
            for (int i = 0; i < size; i++)
            {
                if (!isUsable(keys[i]) || !firstOf.TryAdd(keys[i], start + i)) continue;
                fresh.Add(start + i);
                freshKeys.Add(keys[i]);
            }

            foreach (var way in ways) way.Open(fresh, freshKeys as List<string>, cancel);
            for (int i = 0, at = 0; i < size; i++)
            {
                int row = start + i;
                if (!isUsable(keys[i])) unusable.Add(row);
                else if (firstOf[keys[i]] is var same && same < row) decided[row] = decided[same] with { Row = row };
                else decided[row] = Decide(row, at++, ways);
                if (decided[row].Keeps == row || !isUsable(keys[i])) kept.Add(row);
                else duplicates.Add(decided[row]);
            }

            progress?.Report(start + size);
        }

        return new DuplicateResult(duplicates, kept, unusable);
    }

    private static Duplicate Decide(int row, int at, IReadOnlyList<ILikeness> ways)
    {
        foreach (var way in ways)
            if (way.Find(at) is { } like) return new Duplicate(row, like.Row, way.Method, like.Score);
        foreach (var way in ways) way.Keep(at);
        return new Duplicate(row, row, DuplicateMethod.Exact, 1);
    }
}
