using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Kindred.Learning.Classification;
using Kindred.Vectors.Files;

namespace Kindred.Bench;

/// <summary>Logistic regression beside scikit-learn's, on the same rows; the two take turns. A row in five is held out, and both say how good they are on it.</summary>
internal static class LogisticFit
{
    public static int Run(Settings settings)
    {
        string vectors = settings.Text("vectors", "banking77.npy"), table = settings.Text("table", "banking77.tsv"), c = settings.Text("c", "10");
        var rows = NpyFile.Read(vectors);
        string[] names = [.. File.ReadLines(table).Skip(1).Select(line => line.Split('\t')[0])];
        var places = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        int[] labels = [.. names.Select(name => places[name])];
        string numbers = Path.GetTempFileName();
        File.WriteAllLines(numbers, labels.Select(label => label.ToString(CultureInfo.InvariantCulture)));
        int[] seen = [.. Enumerable.Range(0, labels.Length).Where(i => i % 5 != 4)], held = [.. Enumerable.Range(0, labels.Length).Where(i => i % 5 == 4)];
        ReadOnlyMemory<float>[] learn = [.. seen.Select(i => rows[i])];
        int[] answers = [.. seen.Select(i => labels[i])];
        int rounds = settings.Number("rounds", 3);
        double[] ours = new double[rounds], theirs = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            LogisticRegression? model = null;
            ours[round] = Statistics.Seconds(() => model = LogisticRegression.Fit(learn, answers, double.Parse(c, CultureInfo.InvariantCulture)));
            float[] chances = new float[model!.Classes];
            double loss = 0;
            int right = 0;
            foreach (int i in held)
            {
                model.Predict(rows[i].Span, chances);
                loss -= Math.Log(chances[labels[i]]) / held.Length;
                right += Array.IndexOf(chances, chances.Max()) == labels[i] ? 1 : 0;
            }

            using var peer = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(Places.Repository, "bench", "peers", "classify", "logistic.py"), vectors, numbers, c]) { RedirectStandardOutput = true })!;
            using var json = JsonDocument.Parse(peer.StandardOutput.ReadToEnd());
            theirs[round] = json.RootElement.GetProperty("seconds").GetDouble();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kindred {ours[round]:F2} s, accuracy {(double)right / held.Length:F4}, loss {loss:F4}; scikit-learn {theirs[round]:F2} s, accuracy {json.RootElement.GetProperty("accuracy").GetDouble():F4}, loss {json.RootElement.GetProperty("loss").GetDouble():F4}; ratio {theirs[round] / ours[round]:F2}"));
        }

        File.Delete(numbers);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{learn.Length} × {rows[0].Length}, {places.Count} classes, C {c}: median ratio {Statistics.Median(theirs.Zip(ours, (t, o) => t / o)):F2}"));
        return 0;
    }
}
