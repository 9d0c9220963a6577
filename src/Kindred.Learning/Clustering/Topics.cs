using System.Globalization;
using Kindred.Vectors.Metrics;

namespace Kindred.Learning.Clustering;

/// <summary>What clusters of texts are about: class-based TF-IDF (Grootendorst 2022) and the texts nearest to their centres; their joining, and their course over time.</summary>
public static class Topics
{
    /// <summary>A word that is in no more of a topic's texts than this times its share of all texts says nothing of the topic.</summary>
    private const double LeastLift = 1.5;

    /// <summary>Describes clusters.</summary>
    /// <param name="texts">Shape [n].</param>
    /// <param name="vectors">Shape [n, d], finite.</param>
    /// <param name="labels">The cluster of each text, from 0; below 0 for none. Shape [n].</param>
    /// <param name="words">How many words of each at most.</param>
    /// <param name="examples">How many texts of each at most.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The clusters in the order of their labels.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static IReadOnlyList<Topic> Describe(IReadOnlyList<string> texts, IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<int> labels, int words = 10, int examples = 3, CancellationToken cancel = default)
    {
        Check(vectors, labels);
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count != labels.Count) throw new ArgumentException($"{texts.Count} texts have {labels.Count} labels.", nameof(texts));
        var centres = Centres(vectors, labels);
        var named = Words(texts, labels, words, cancel);
        var members = Enumerable.Range(0, labels.Count).Where(i => labels[i] >= 0).ToLookup(i => labels[i]);
        return [.. centres.Select(c => new Topic(c.Key, members[c.Key].Count(), named.GetValueOrDefault(c.Key, []), Examples(c.Key), Near(c.Key)))];

        IReadOnlyList<int> Examples(int cluster)
        {
            var said = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            return [.. members[cluster].Where(i => !string.IsNullOrWhiteSpace(texts[i])).OrderByDescending(i => Metric.Cosine(vectors[i].Span, centres[cluster])).ThenBy(i => i).Where(i => said.Add(texts[i].Trim())).Take(examples)];
        }

        int Near(int cluster) => centres.Where(c => c.Key != cluster).OrderByDescending(c => Metric.Cosine(c.Value, centres[cluster])).Select(c => c.Key).FirstOrDefault(-1);
    }

    /// <summary>Joins clusters whose centres are near, by the mean cosine, until no more than so many are left.</summary>
    /// <param name="vectors">Shape [n, d], finite.</param>
    /// <param name="labels">The cluster of each row, from 0; below 0 for none, which stays so. Shape [n].</param>
    /// <param name="most">How many are to be left, 1 or more.</param>
    /// <returns>Shape [n]: labels, the largest cluster first.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static int[] Merge(IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<int> labels, int most)
    {
        Check(vectors, labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var centres = Centres(vectors, labels);
        if (centres.Count <= most) return [.. labels];
        int[] joined = Agglomerative.Fit([.. centres.Values.Select(c => new ReadOnlyMemory<float>(c))], AgglomerativeLinkage.AverageCosine).Cut(most);
        var to = centres.Keys.Index().ToDictionary(c => c.Item, c => joined[c.Index]);
        int[] found = [.. labels.Select(label => label < 0 ? -1 : to[label])];
        int[] order = [.. found.Where(l => l >= 0).GroupBy(l => l).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).Select(g => g.Key)];
        return [.. found.Select(label => label < 0 ? -1 : Array.IndexOf(order, label))];
    }

    /// <summary>The share that each cluster has of the texts of each time.</summary>
    /// <param name="times">When each text was said: dates, numbers or names, shape [n]; blank ones are left out.</param>
    /// <param name="labels">The cluster of each text, from 0; below 0 for none. Shape [n].</param>
    /// <param name="bins">Into how many spans of equal length dates and numbers are put, 1 or more; names stand for themselves.</param>
    /// <returns>The times in order, each with the share of every cluster in the order of their labels.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static IReadOnlyList<(string Time, IReadOnlyList<double> Shares)> OverTime(IReadOnlyList<string> times, IReadOnlyList<int> labels, int bins = 20)
    {
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(labels);
        if (times.Count != labels.Count) throw new ArgumentException($"{times.Count} times have {labels.Count} labels.", nameof(times));
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        int[] known = [.. labels.Where(l => l >= 0).Distinct().Order()];
        int[] told = [.. Enumerable.Range(0, times.Count).Where(i => !string.IsNullOrWhiteSpace(times[i]))];
        return [.. Spans([.. told.Select(i => times[i].Trim())], bins).Select((span, at) => (span, row: told[at]))
            .GroupBy(p => p.span).OrderBy(g => g.Key.Order).ThenBy(g => g.Key.Name, StringComparer.Ordinal)
            .Select(g => (g.Key.Name, (IReadOnlyList<double>)[.. known.Select(label => g.Count(p => labels[p.row] == label) / (double)g.Count())]))];
    }

    private static (double Order, string Name)[] Spans(string[] times, int bins)
    {
        if (times.Length == 0) return [];
        var dates = times.Select(Timestamp.Read).ToArray();
        bool date = dates.All(d => d is not null), number = !date;
        double[] numbers = [.. dates.Select(d => (double)(d?.Ticks ?? 0))];
        for (int i = 0; i < times.Length && number; i++) number = double.TryParse(times[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && double.IsFinite(numbers[i]);
        if (!number && !date) return [.. times.Select(t => (0.0, t))];
        double least = numbers.Min(), width = (numbers.Max() - least) / bins;
        return [.. numbers.Select(v => Span(width > 0 ? Math.Min(bins - 1, Math.Floor((v - least) / width)) : 0))];

        (double, string) Span(double bin)
        {
            double from = least + (bin * width);
            string form = width > 366.0 * TimeSpan.TicksPerDay ? "yyyy" : width > 28.0 * TimeSpan.TicksPerDay ? "yyyy-MM" : width >= TimeSpan.TicksPerDay ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm";
            return (bin, number ? from.ToString("G6", CultureInfo.InvariantCulture) : new DateTime((long)from, DateTimeKind.Utc).ToString(form, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>
    /// Class-based TF-IDF with texts for units: the share of a topic's texts that have the word, times ln of how many times its share of all texts that is. The paper's weight, of words,
    /// passes over what other topics have a little of: its first three words hold less of what people called the same topics.
    /// </summary>
    private static Dictionary<int, IReadOnlyList<string>> Words(IReadOnlyList<string> texts, IReadOnlyList<int> labels, int most, CancellationToken cancel)
    {
        var counts = WordCounts.Of(texts, texts.Count >= 100 ? 3 : 1, cancel);
        var ofTopic = new Dictionary<int, (int Texts, Dictionary<int, int> Have)>();
        var all = new int[counts.Words.Length];
        double total = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            if (labels[i] < 0) continue;
            var (size, have) = ofTopic.GetValueOrDefault(labels[i], (0, []));
            ofTopic[labels[i]] = (size + 1, have);
            total++;
            foreach (var (word, _) in counts.Texts[i])
            {
                have[word] = have.GetValueOrDefault(word) + 1;
                all[word]++;
            }
        }

        bool[] name = [.. counts.Words.Select(w => !w.All(char.IsDigit) && !FunctionWords.English.Contains(w))];
        return ofTopic.ToDictionary(topic => topic.Key, topic =>
        {
            double Share(int word) => topic.Value.Have[word] / (double)topic.Value.Texts;
            double Lift(int word) => Share(word) * total / all[word];
            return (IReadOnlyList<string>)[.. topic.Value.Have.Keys
                .Where(w => name[w] && (ofTopic.Count == 1 || Lift(w) >= LeastLift))
                .OrderByDescending(w => Share(w) * (ofTopic.Count == 1 ? 1 : Math.Log(Lift(w)))).ThenBy(w => counts.Words[w], StringComparer.Ordinal)
                .Take(most).Select(w => counts.Words[w])];
        });
    }

    /// <summary>The mean direction of each cluster.</summary>
    private static SortedDictionary<int, float[]> Centres(IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<int> labels)
    {
        var centres = new SortedDictionary<int, float[]>();
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i] < 0) continue;
            if (!centres.TryGetValue(labels[i], out float[]? sum)) centres[labels[i]] = sum = new float[vectors[i].Length];
            RowMatrix.Add(sum, RowMatrix.Unit(vectors[i]));
        }

        return centres;
    }

    private static void Check(IReadOnlyList<ReadOnlyMemory<float>> vectors, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(labels);
        if (vectors.Count != labels.Count) throw new ArgumentException($"{vectors.Count} vectors have {labels.Count} labels.", nameof(labels));
        if (vectors.Count > 0) RowMatrix.Width(vectors);
    }
}
