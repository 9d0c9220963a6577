using System.Runtime.InteropServices;
using Kindred.Words.Evaluation;

namespace Kindred.Words;

/// <content>Measuring.</content>
public sealed unsafe partial class WordVectors
{
    /// <summary>Asks analogy questions and counts right answers, as word2vec's compute-accuracy does: the best word other than A, B and C must be D.</summary>
    /// <param name="sections">The questions, from <see cref="AnalogyQuestions.Read(string)"/>. Words are sought as they are written, or else in lower case.</param>
    /// <param name="rule">How the words are combined.</param>
    /// <param name="top">Only so many of the commonest words count as known (word2vec: 30,000); all when left out.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>A score for each section, in order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">top is under 1, or there is no such rule.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    /// <exception cref="ObjectDisposedException">The vectors were disposed of.</exception>
    public IReadOnlyList<AnalogyScore> Evaluate(IReadOnlyList<AnalogySection> sections, AnalogyRule rule = AnalogyRule.Add, int top = int.MaxValue, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(sections);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        if (rule is not (AnalogyRule.Add or AnalogyRule.Multiply)) throw new ArgumentOutOfRangeException(nameof(rule), rule, "There is no such rule.");
        using var hold = new Hold(this);
        var found = new Dictionary<string, int>();
        var asked = new List<(int A, int B, int C)>();
        var wanted = new List<int>();
        int[] known = new int[sections.Count], correct = new int[sections.Count];
        for (int s = 0; s < sections.Count; s++)
        {
            foreach (var (a, b, c, d) in sections[s].Questions)
            {
                var question = (A: Index(a), B: Index(b), C: Index(c));
                int answer = Index(d);
                if (question.A < 0 || question.B < 0 || question.C < 0 || answer < 0) continue;
                asked.Add(question);
                wanted.Add(answer);
                known[s]++;
            }
        }

        float[] inverse = InverseNorms();
        int[] candidates = [.. Enumerable.Range(0, Math.Min(top, Count)).Where(i => inverse[i] > 0)];
        int[] answers = new AnalogyScan(Dimensions, CopyUnit, candidates).Answer([.. asked], rule, cancel);
        for (int s = 0, q = 0; s < sections.Count; s++)
            for (int end = q + known[s]; q < end; q++)
                if (answers[q] == wanted[q]) correct[s]++;
        return [.. sections.Select((section, s) => new AnalogyScore(section, correct[s], known[s], section.Questions.Count - known[s]))];

        int Index(string word)
        {
            ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(found, word, out bool seen);
            if (!seen) index = TryFind(word, out int at) && at < top ? at : -1;
            return index;
        }
    }

    /// <summary>Copies a row at unit length; zeros where it has no direction.</summary>
    private void CopyUnit(int index, Span<float> unit)
    {
        float inverse = InverseNorms()[index];
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
    }
}
