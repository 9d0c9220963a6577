using System.Runtime.InteropServices;
using Kindred.Words.Files;
using Kindred.Words.Kernels;

namespace Kindred.Words;

/// <content>Nearness and arithmetic.</content>
public sealed unsafe partial class WordVectors
{
    /// <summary>What keeps 3CosMul from dividing by zero (Levy and Goldberg 2014).</summary>
    internal const double ProductEpsilon = 0.001;

    /// <summary>Cosine of two words' vectors.</summary>
    /// <param name="a">A word.</param>
    /// <param name="b">Another.</param>
    /// <returns>-1 to 1; 1 for a word with itself; 0 when a vector is all zeros.</returns>
    /// <exception cref="UnknownWordException">One of the words is not known and has no n-grams; holds near spellings.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public float Similarity(string a, string b)
    {
        using var hold = new Hold(this);
        double[] x = Unit(a, out int first), y = Unit(b, out int second);
        return first >= 0 && second >= 0 ? Cosine(first, second) : (float)Math.Clamp(Dot(x, y), -1, 1);
    }

    /// <summary>The words nearest to a word by cosine, nearest first; the word itself and words whose vector is all zeros are left out.</summary>
    /// <param name="word">A word.</param>
    /// <param name="k">How many, at least 1; fewer come when there are no more.</param>
    /// <returns>At most k words; none when the word's own vector is all zeros.</returns>
    /// <exception cref="UnknownWordException">The word is not known and has no n-grams; holds near spellings.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is under 1.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public IReadOnlyList<WordNeighbor> Neighbors(string word, int k) => Analogy([word], [], k);

    /// <summary>Vector arithmetic on words: king - man + woman. The words that fit best; the given words and those whose vector is all zeros are left out.</summary>
    /// <param name="positive">Words to add.</param>
    /// <param name="negative">Words to take away; may be empty.</param>
    /// <param name="k">How many, at least 1; fewer come when there are no more.</param>
    /// <param name="rule">How they are combined. Scores are cosines for <see cref="AnalogyRule.Add"/>, quotients of 0 and more for <see cref="AnalogyRule.Multiply"/>.</param>
    /// <returns>At most k words, best first; none when the given vectors cancel each other out (Add).</returns>
    /// <exception cref="UnknownWordException">A word is not known and has no n-grams; holds near spellings.</exception>
    /// <exception cref="ArgumentException">No word is given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is under 1, or there is no such rule.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public IReadOnlyList<WordNeighbor> Analogy(IReadOnlyList<string> positive, IReadOnlyList<string> negative, int k, AnalogyRule rule = AnalogyRule.Add)
    {
        ArgumentNullException.ThrowIfNull(positive);
        ArgumentNullException.ThrowIfNull(negative);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (rule is not (AnalogyRule.Add or AnalogyRule.Multiply)) throw new ArgumentOutOfRangeException(nameof(rule), rule, "There is no such rule.");
        if (positive.Count + negative.Count == 0) throw new ArgumentException("No word is given.", nameof(positive));
        using var hold = new Hold(this);
        int[] given = new int[positive.Count + negative.Count];
        double[][] plus = [.. positive.Select((word, i) => Unit(word, out given[i]))];
        double[][] minus = [.. negative.Select((word, i) => Unit(word, out given[positive.Count + i]))];
        if (rule == AnalogyRule.Multiply) return Product(plus, minus, given, k);

        double[] target = new double[Dimensions];
        for (int i = 0; i < target.Length; i++) target[i] = plus.Sum(x => x[i]) - minus.Sum(x => x[i]);
        double norm = Math.Sqrt(Dot(target, target));
        if (norm < 1e-6) return [];   // what rounding leaves of a sum that cancels is no direction
        for (int i = 0; i < target.Length; i++) target[i] /= norm;
        float[] query = Single(target);
        return Best(given, k, i => RowCosine(i, query), i => Math.Clamp(ExactCosine(i, target), -1, 1));
    }

    /// <summary>Says which word does not belong with the others: that farthest from the mean of all, each at unit length.</summary>
    /// <param name="words">Two words at least.</param>
    /// <returns>All the words with their cosine to the mean, the one that fits least first; of equals, in the order given.</returns>
    /// <exception cref="UnknownWordException">A word is not known and has no n-grams; holds near spellings.</exception>
    /// <exception cref="ArgumentException">Fewer than two words are given.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public IReadOnlyList<WordNeighbor> DoesntMatch(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.Count < 2) throw new ArgumentException("Two words at least are wanted.", nameof(words));
        using var hold = new Hold(this);
        double[][] units = [.. words.Select(word => Unit(word, out _))];
        double[] mean = new double[Dimensions];
        for (int i = 0; i < mean.Length; i++) mean[i] = units.Sum(x => x[i]);
        double norm = Math.Sqrt(Dot(mean, mean));
        return [.. words.Select((word, i) => new WordNeighbor(word, norm < 1e-6 ? 0 : (float)Math.Clamp(Dot(units[i], mean) / norm, -1, 1))).OrderBy(word => word.Score)];
    }

    private static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    private static float[] Single(double[] x) => [.. x.Select(value => (float)value)];

    /// <summary>3CosMul over all rows.</summary>
    private WordNeighbor[] Product(double[][] plus, double[][] minus, int[] given, int k)
    {
        float[][] up = [.. plus.Select(Single)], down = [.. minus.Select(Single)];
        return Best(given, k, Fast, Exact);

        float Fast(int index)
        {
            float above = 1, below = 1;
            foreach (float[] x in up) above *= (1 + RowCosine(index, x)) / 2;
            foreach (float[] x in down) below *= (1 + RowCosine(index, x)) / 2;
            return above / (below + (float)ProductEpsilon);
        }

        double Exact(int index)
        {
            double above = 1, below = 1;
            foreach (double[] x in plus) above *= (1 + Math.Clamp(ExactCosine(index, x), -1, 1)) / 2;
            foreach (double[] x in minus) below *= (1 + Math.Clamp(ExactCosine(index, x), -1, 1)) / 2;
            return above / (below + ProductEpsilon);
        }
    }

    /// <summary>A word's vector at unit length, in double precision; zeros where it has no direction.</summary>
    /// <param name="word">The word.</param>
    /// <param name="index">Its index, or -1 where its n-grams made the vector.</param>
    /// <exception cref="UnknownWordException">There is neither.</exception>
    private double[] Unit(string word, out int index)
    {
        ArgumentNullException.ThrowIfNull(word);
        double[] unit = new double[Dimensions];
        index = _model is null ? Find(word) : FindExact(word);
        if (index < 0)
        {
            float[] vector = new float[Dimensions];
            if (!TryGetVector(word, vector)) throw Unknown(word);
            double norm = RowQuantizer.Norm(vector);
            if (norm >= RowQuantizer.LeastNorm)
                for (int i = 0; i < unit.Length; i++) unit[i] = vector[i] / norm;
            return unit;
        }
        double inverse = InverseNorms()[index];
        if (_rows is null)
        {
            var levels = Levels(index);
            for (int i = 0; i < unit.Length; i++) unit[i] = levels[i] * inverse;
        }
        else
        {
            var row = FloatRow(index);
            for (int i = 0; i < unit.Length; i++) unit[i] = row[i] * inverse;
        }
        return unit;
    }

    private float Cosine(int a, int b)
    {
        double dot = 0, x = 0, y = 0;
        if (_rows is null)
        {
            ref readonly sbyte first = ref MemoryMarshal.GetReference(Levels(a)), second = ref MemoryMarshal.GetReference(Levels(b));
            (dot, x, y) = (RowKernel.Dot(in first, in second, Dimensions), RowKernel.Dot(in first, in first, Dimensions), RowKernel.Dot(in second, in second, Dimensions));
        }
        else
        {
            ReadOnlySpan<float> p = FloatRow(a), q = FloatRow(b);
            for (int i = 0; i < p.Length; i++)
            {
                dot += (double)p[i] * q[i];
                x += (double)p[i] * p[i];
                y += (double)q[i] * q[i];
            }
            if (Math.Min(x, y) < RowQuantizer.LeastNorm * RowQuantizer.LeastNorm) return 0;
        }
        return x == 0 || y == 0 ? 0 : (float)Math.Clamp(dot / Math.Sqrt(x * y), -1, 1);
    }

    /// <summary>Cosine of a row with a unit vector, in single precision.</summary>
    private float RowCosine(int index, float[] unit)
    {
        ref readonly float q = ref MemoryMarshal.GetArrayDataReference(unit);
        return InverseNorms()[index] * (_rows is null
            ? RowKernel.Dot(in q, in MemoryMarshal.GetReference(Levels(index)), unit.Length)
            : RowKernel.Dot(in q, in MemoryMarshal.GetReference(FloatRow(index)), unit.Length));
    }

    /// <summary>The same in double precision.</summary>
    private double ExactCosine(int index, double[] unit)
    {
        double dot = 0, squares = 0;
        for (int i = 0; i < unit.Length; i++)
        {
            double x = _rows is null ? Levels(index)[i] : FloatRow(index)[i];
            dot += unit[i] * x;
            squares += x * x;
        }
        return dot / Math.Sqrt(squares);
    }

    /// <summary>One over the length of each row (of its int8 levels, where it has them); 0 for a row without direction.</summary>
    private float[] InverseNorms()
    {
        if (_inverseNorms is { } made) return made;
        lock (_lazy)
        {
            if (_inverseNorms is not null) return _inverseNorms;
            float[] inverse = new float[Count];
            for (int i = 0; i < inverse.Length; i++)
            {
                double norm;
                if (_rows is null)
                {
                    ref readonly sbyte row = ref MemoryMarshal.GetReference(Levels(i));
                    norm = Math.Sqrt(RowKernel.Dot(in row, in row, Dimensions));
                }
                else
                {
                    norm = RowQuantizer.Norm(FloatRow(i));
                }
                inverse[i] = norm < RowQuantizer.LeastNorm ? 0 : (float)(1 / norm);
            }
            return _inverseNorms = inverse;
        }
    }

    /// <summary>The rows with the best scores: a scan in float, and the found ones scored again in double.</summary>
    private WordNeighbor[] Best(int[] leftOut, int k, Func<int, float> score, Func<int, double> exact)
    {
        float[] inverse = InverseNorms();
        Array.Sort(leftOut);
        var found = new PriorityQueue<int, (float Score, int Last)>();
        int skip = 0;
        float worst = float.NegativeInfinity;
        k = Math.Min(k, Count);
        while (skip < leftOut.Length && leftOut[skip] < 0) skip++;
        for (int i = 0; i < inverse.Length; i++)
        {
            if (skip < leftOut.Length && leftOut[skip] == i)
            {
                while (skip < leftOut.Length && leftOut[skip] == i) skip++;
                continue;
            }
            if (inverse[i] == 0) continue;
            float near = score(i);
            if (found.Count == k && !(near > worst)) continue;   // of equals the earlier stays
            if (found.Count == k) found.DequeueEnqueue(i, (near, -i));
            else found.Enqueue(i, (near, -i));
            if (found.Count == k && found.TryPeek(out _, out var last)) worst = last.Score;
        }
        return [.. found.UnorderedItems.Select(item => (Index: item.Element, Score: exact(item.Element)))
            .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Index)
            .Select(hit => new WordNeighbor(_words.Word(hit.Index), (float)hit.Score))];
    }
}
