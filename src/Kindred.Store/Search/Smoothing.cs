using System.Numerics.Tensors;

namespace Kindred.Store.Search;

/// <summary>
/// Like passages answer like questions: each candidate gains by its likeness to the best (feedback), and its score is drawn towards those of the ten most like it (Diaz 2005, "Regularizing ad hoc retrieval scores").
/// Likeness is the cosine of the vectors times the cosine of the TF-IDF weights among the candidates.
/// </summary>
internal static class Smoothing
{
    public const int Neighbours = 10;

    /// <summary>The neighbours' part of the new score.</summary>
    private const double Share = 0.4;

    /// <summary>What full likeness to the best candidate adds, where the arms give at most 1.</summary>
    private const double Gain = 0.5;

    /// <summary>The second time the best is one that its neighbours agree with.</summary>
    private const int Rounds = 2;

    /// <summary>Decimals that rounding of the cosines leaves alone: equal passages have equal scores, and stay in order of storing.</summary>
    private const int Places = 6;

    /// <summary>Changes the scores of the best candidates; the others keep theirs, lowered by the same part.</summary>
    public static void Apply(Dictionary<Candidate, double> scores)
    {
        var best = Fuser.Ordered(scores).Take(Fuser.Depth).ToArray();
        double[] likeness = Likeness(best), now = Array.ConvertAll(best, c => scores[c]);
        int[][] near = [.. best.Select((_, i) => Nearest(likeness.AsSpan(i * best.Length, best.Length)))];
        for (int round = 0; round < Rounds; round++)
        {
            int first = Array.IndexOf(now, now.Max());
            for (int i = 0; i < now.Length; i++) now[i] += Gain * (i == first ? 1 : likeness[(first * best.Length) + i]);
            double[] old = [.. now];
            for (int i = 0; i < now.Length; i++)
            {
                double sum = 0, weight = 0;
                foreach (int j in near[i])
                {
                    sum += likeness[(i * best.Length) + j] * old[j];
                    weight += likeness[(i * best.Length) + j];
                }

                now[i] = ((1 - Share) * old[i]) + (weight > 0 ? Share * sum / weight : 0);
            }
        }

        // 1 is the most again, so that one wording of a question counts as much as another
        const double Most = 1 + (Rounds * Gain);
        foreach (var candidate in scores.Keys) scores[candidate] *= Math.Pow(1 - Share, Rounds) / Most;
        for (int i = 0; i < best.Length; i++) scores[best[i]] = Math.Round(now[i] / Most, Places);
    }

    /// <summary>Shape [n, n]; a candidate is not like itself.</summary>
    private static double[] Likeness(Candidate[] candidates)
    {
        int n = candidates.Length;
        var vectors = Array.ConvertAll(candidates, c => Unit(c.Vector));
        var words = Weights(candidates);
        double[] likeness = new double[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++)
                likeness[(i * n) + j] = likeness[(j * n) + i] = Math.Max(0, TensorPrimitives.Dot(vectors[i], vectors[j])) * Dot(words[i], words[j]);
        return likeness;
    }

    private static int[] Nearest(ReadOnlySpan<double> row)
    {
        double[] sorted = [.. row];
        Array.Sort(sorted);
        double least = sorted[Math.Max(0, sorted.Length - Neighbours)];
        var near = new List<int>();
        for (int j = 0; j < row.Length; j++)
            if (row[j] >= least) near.Add(j);
        return [.. near];
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
