using System.Numerics.Tensors;

namespace Kindred.Store.Search;

/// <summary>
/// Like passages answer like questions: each candidate's score is drawn towards those of the ten most like it (Diaz 2005, "Regularizing ad hoc retrieval scores").
/// Likeness is the cosine of the vectors times the cosine of the TF-IDF weights among the candidates.
/// </summary>
internal static class Smoothing
{
    private const int Neighbours = 10;

    /// <summary>The neighbours' part of the new score.</summary>
    private const double Share = 0.4;

    /// <summary>Changes the scores of the best candidates; the others keep theirs, lowered by the same part.</summary>
    public static void Apply(Dictionary<Candidate, double> scores)
    {
        var best = Fuser.Ordered(scores).Take(Fuser.Depth).ToArray();
        if (best.Length < 3) return;
        var vectors = Array.ConvertAll(best, c => Unit(c.Vector));
        var words = Weights(best);
        double[] likeness = new double[best.Length * best.Length];
        for (int i = 0; i < best.Length; i++)
            for (int j = 0; j < i; j++)
                likeness[(i * best.Length) + j] = likeness[(j * best.Length) + i] =
                    Math.Max(0, TensorPrimitives.Dot(vectors[i], vectors[j])) * Dot(words[i], words[j]);

        double[] old = Array.ConvertAll(best, c => scores[c]), row = new double[best.Length];
        foreach (var candidate in scores.Keys) scores[candidate] *= 1 - Share;
        for (int i = 0; i < best.Length; i++)
        {
            likeness.AsSpan(i * best.Length, best.Length).CopyTo(row);
            double[] sorted = [.. row];
            Array.Sort(sorted);
            double least = sorted[Math.Max(0, sorted.Length - Neighbours)], sum = 0, weight = 0;
            for (int j = 0; j < row.Length; j++)
            {
                if (row[j] < least) continue;
                sum += row[j] * old[j];
                weight += row[j];
            }
            if (weight > 0) scores[best[i]] += Share * sum / weight;
        }
    }

    private static float[] Unit(float[] vector)
    {
        float length = TensorPrimitives.Norm(vector);
        float[] unit = new float[vector.Length];
        if (length > 0) TensorPrimitives.Divide(vector, length, unit);
        return unit;
    }

    /// <summary>(1 + ln tf) × ln(1 + n/df) for each word, to length 1, by the word's number.</summary>
    private static (int Word, double Weight)[][] Weights(Candidate[] candidates)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var counts = new Dictionary<int, int>[candidates.Length];
        var documents = new List<int>();
        for (int i = 0; i < candidates.Length; i++)
        {
            counts[i] = [];
            foreach (string word in WordQuery.Words($"{candidates[i].Hit.Title} {candidates[i].Hit.Text}"))
            {
                if (WordQuery.IsStop(word)) continue;
                if (!numbers.TryGetValue(word, out int number))
                {
                    numbers.Add(word, number = numbers.Count);
                    documents.Add(0);
                }
                if (!counts[i].TryGetValue(number, out int times)) documents[number]++;
                counts[i][number] = times + 1;
            }
        }
        return Array.ConvertAll(counts, words =>
        {
            var weights = words.Select(w => (Word: w.Key, Weight: (1 + Math.Log(w.Value)) * Math.Log(1 + ((double)candidates.Length / documents[w.Key])))).OrderBy(w => w.Word).ToArray();
            double length = Math.Sqrt(weights.Sum(w => w.Weight * w.Weight));
            return Array.ConvertAll(weights, w => (w.Word, w.Weight / length));
        });
    }

    private static double Dot((int Word, double Weight)[] x, (int Word, double Weight)[] y)
    {
        double sum = 0;
        for (int i = 0, j = 0; i < x.Length && j < y.Length;)
        {
            if (x[i].Word == y[j].Word) sum += x[i++].Weight * y[j++].Weight;
            else if (x[i].Word < y[j].Word) i++;
            else j++;
        }
        return sum;
    }
}
