using System.Globalization;
using System.Net;
using System.Text.Json;
using Kindred.Cli.Maps;
using Kindred.Learning.Clustering;

namespace Kindred.Cli.Verbs;

/// <summary>The topics of a clustering: printed, as JSON, and beside a map.</summary>
internal sealed class ClusterReport
{
    private const int ShownWords = 6;

    private readonly IReadOnlyList<Topic> _topics;
    private readonly IReadOnlyList<(string Time, IReadOnlyList<double> Shares)> _times;
    private readonly IReadOnlyList<string> _texts;

    private ClusterReport(IReadOnlyList<Topic> topics, IReadOnlyList<(string, IReadOnlyList<double>)> times, IReadOnlyList<string> texts) => (_topics, _times, _texts) = (topics, times, texts);

    public static ClusterReport Of(ClusterInput input, IReadOnlyList<int> labels, CancellationToken cancel)
    {
        string[] texts = [.. input.Texts!.Select(WebUtility.HtmlDecode)!];   // to be read: &amp; is a sign and no word
        return new(Topics.Describe(texts, input.Vectors, labels, cancel: cancel), input.Times is null ? [] : Topics.OverTime(input.Times, labels), texts);
    }

    public void Print(Output output)
    {
        foreach (var topic in _topics)
        {
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{topic.Cluster}: {Output.Count(topic.Size, "text")}: {string.Join(", ", topic.Words.Take(ShownWords))}"));
            foreach (var (time, share) in Times(topic)) output.Text(string.Create(CultureInfo.InvariantCulture, $"     {time,-11} {share,5:P0}"));
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("topics");
        foreach (var topic in _topics)
        {
            json.WriteStartObject();
            json.WriteNumber("cluster", topic.Cluster);
            json.WriteNumber("size", topic.Size);
            json.WriteString("name", topic.Name);
            json.WriteStrings("words", topic.Words);
            json.WriteStrings("texts", topic.Examples.Select(i => _texts[i]));
            json.WriteNumber("nearest", topic.Nearest);
            if (_times.Count > 0)
            {
                json.WriteStartArray("times");
                foreach (var (time, share) in Times(topic))
                {
                    json.WriteStartObject();
                    json.WriteString("time", time);
                    json.WriteNumber("share", Math.Round(share, 6));
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Draws the clusters; with topics their names, and on a page what there is to say of them.</summary>
    public static async Task DrawAsync(ClusterInput input, IReadOnlyList<int> labels, ClusterReport? report, string path, int seed, CancellationToken cancel)
    {
        float[][] places = await new Projection("umap", seed).PlaceAsync(input.Plain, cancel);
        var names = report?._topics.ToDictionary(topic => topic.Cluster, Name);
        var topics = MapVerb.IsPage(path) ? report?._topics.ToDictionary(Name, StringComparer.Ordinal) : null;
        MapVerb.Write(
            MapPicture.Create(
                string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(input.Name)}: {Output.Count(labels.Where(l => l >= 0).Distinct().Count(), "cluster")} of {Output.Count(labels.Count, "row")}"),
                places,
                i => report?._texts is { } texts ? (SearchVerb.Shorten(texts[i], 40), Row(i), SearchVerb.Shorten(texts[i], 280)) : (Row(i), "", ""),
                i => labels[input.Places[i]] is var label and >= 0 ? names?[label] ?? string.Create(CultureInfo.InvariantCulture, $"{label}") : null,
                topics is null ? null : name => topics.TryGetValue(name, out var topic) ? report!.Describe(topic, names!) : null,
                i => input.Places[i] + 1),
            path);

        string Row(int i) => string.Create(CultureInfo.InvariantCulture, $"row {input.Places[i] + 1}");
    }

    private static string Name(Topic topic) => topic.Words.Count == 0 ? topic.Name : string.Create(CultureInfo.InvariantCulture, $"{topic.Cluster} {topic.Name}");

    private MapTopic Describe(Topic topic, Dictionary<int, string> names) => new(
        topic.Words,
        [.. topic.Examples.Select(i => SearchVerb.Shorten(_texts[i], 160))],
        topic.Nearest < 0 ? "" : names[topic.Nearest],
        [.. Times(topic)]);

    private IEnumerable<(string Time, double Share)> Times(Topic topic)
    {
        int at = _topics.Index().First(t => t.Item == topic).Index;
        return _times.Select(time => (time.Time, time.Shares[at]));
    }
}
