using Kindred.Learning.Classification;
using MathNet.Numerics.LinearAlgebra;

namespace Kindred.Learning.Tests.Classification;

/// <summary>The learners of a classifier against closed forms and independent programs.</summary>
public class LearnerTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public void The_hinge_machine_is_that_of_LIBLINEAR()
    {
        // LinearSVC(C=0.7, tol=1e-10).decision_function of scikit-learn 1.2.1, on the rows of LogisticRegressionTests
        double[][] expected = [[-0.341763, -0.238739, -0.401881], [-0.384821, -0.218705, -0.395699], [-0.240359, -0.361094, -0.389446], [-0.242436, -0.338615, -0.395216]];
        var rows = Sparse([.. Enumerable.Range(0, 60).Select(i => Enumerable.Range(0, 4).Select(j => (float)(Math.Sin((1.7 * i) + (2.3 * j)) + ((i + j) % 3 == 0 ? 0.6 : 0))).ToArray())]);
        var targets = Targets.Of([.. Enumerable.Range(0, 60).Select(i => ((i % 5) + (i % 4)) % 3)], 3);
        var scores = SparseLinear.FitHinge(rows, targets, 0.7, Cancel, 1e-6, 5000).Score(rows);
        for (int i = 0; i < expected.Length; i++)
            for (int c = 0; c < 3; c++) Assert.Equal(expected[i][c], scores[i][c], 1e-3);
    }

    [Fact]
    public void Naive_Bayes_is_its_formula()
    {
        var rows = Sparse([[1, 1, 0], [1, 0, 0], [0, 0, 1]]);
        var scores = SparseLinear.FitBayes(rows, Targets.Of([0, 0, 1], 2), 3).Score(Sparse([[1, 0, 1]]));
        // class 0: 3 terms seen, 2 of them the first; class 1: one, the third; one added to each
        Assert.Equal(Math.Log(3.0 / 5) + Math.Log(3.0 / 6) + Math.Log(1.0 / 6), scores[0][0], 1e-5);
        Assert.Equal(Math.Log(2.0 / 5) + Math.Log(1.0 / 4) + Math.Log(2.0 / 4), scores[0][1], 1e-5);
    }

    [Fact]
    public void Rows_held_back_have_only_terms_that_others_have()
    {
        // columns 0 to 2 are words; two rows at least have each column
        var rows = new Prepared(null, null, Sparse([[3, 4, 0, 1, 0], [1, 0, 0, 1, 0], [1, 0, 2, 0, 5], [0, 7, 9, 2, 6]]), 3, 2, 4);
        var (seen, unseen) = rows.Part([0, 1, 2], [3]);
        Assert.Equal([0, 3], seen.Terms!.Columns(0));
        Assert.Equal([1, 1], seen.Terms.Values(0));
        Assert.Equal([0], seen.Terms.Columns(2));
        Assert.Equal([3], unseen.Terms!.Columns(0));
        (_, unseen) = (rows with { Least = 1 }).Part([0, 1, 2], [3]);
        Assert.Equal([1, 2, 3, 4], unseen.Terms!.Columns(0));
        Assert.Equal(1, unseen.Terms.Values(0)[..2].ToArray().Sum(x => (double)x * x), 1e-6);
        Assert.Equal(6 / Math.Sqrt(40), unseen.Terms.Values(0)[3], 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(130)]
    public void Systems_are_solved_as_MathNet_solves_them(int m)
    {
        var random = new Random(m);
        var square = Matrix<double>.Build.Dense(m, m, (_, _) => random.NextDouble() - 0.5);
        var matrix = (square * square.Transpose()) + (Matrix<double>.Build.DenseIdentity(m) * 0.5);
        var right = Vector<double>.Build.Dense(m, i => i % 3);
        var sides = new DenseRows([.. right.Select(x => (float)x)], 1, m);
        var values = new DenseRows([.. matrix.ToRowMajorArray().Select(x => (float)x)], m, m);
        var system = SquareSystem.Factor(values, 0.25f, Cancel);
        var inverse = system.InverseOfLower();
        system.Solve(sides);
        var expected = (matrix + (Matrix<double>.Build.DenseIdentity(m) * 0.25)).Solve(right);
        for (int i = 0; i < m; i++) Assert.Equal(expected[i], sides[0][i], 1e-3);

        // (L · Lᵀ)⁻¹ = L⁻ᵀ · L⁻¹
        var full = (matrix + (Matrix<double>.Build.DenseIdentity(m) * 0.25)).Inverse();
        for (int i = 0; i < m; i++) Assert.Equal(full[i, i], Enumerable.Range(i, m - i).Sum(r => (double)inverse[r][i] * inverse[r][i]), 1e-3);
    }

    [Fact]
    public void A_matrix_that_is_not_positive_is_refused() => Assert.Throws<ArgumentException>(() => SquareSystem.Factor(new DenseRows([1, 2, 2, 1], 2, 2), 0, Cancel));

    [Fact]
    public void Kernel_ridge_is_its_closed_form_and_a_fold_is_blind_to_its_rows()
    {
        const int n = 40;
        const float gamma = 0.7f, penalty = 0.2f;
        var random = new Random(5);
        var rows = new DenseRows(n, 3);
        foreach (ref float x in rows.Values.AsSpan()) x = random.NextSingle() - 0.5f;
        int[] labels = [.. Enumerable.Range(0, n).Select(i => rows[i][0] > 0 ? 1 : 0)], folds = [.. Enumerable.Range(0, n).Select(i => i % 4)];
        var (model, outOfFold) = KernelRidge.Fit(rows, Targets.Of(labels, 2), new KernelRidge.Settings(gamma, penalty), folds, Cancel);
        var scores = model.Score(rows);
        for (int i = 0; i < n; i++) Assert.Equal(Closed(i, _ => true), scores[i][1], 0.02);
        for (int i = 0; i < n; i++) Assert.Equal(Closed(i, j => folds[j] != folds[i]), outOfFold[i][1], 0.04);

        double Closed(int at, Func<int, bool> seen)
        {
            int[] used = [.. Enumerable.Range(0, n).Where(seen)];
            double mean = used.Average(j => labels[j]);
            var kernel = Matrix<double>.Build.Dense(used.Length, used.Length, (a, b) => Kernel(used[a], used[b]) + (a == b ? penalty : 0));
            var dual = kernel.Solve(Vector<double>.Build.Dense(used.Length, j => labels[used[j]] - mean));
            return mean + used.Select((j, i) => dual[i] * Kernel(at, j)).Sum();
        }

        double Kernel(int a, int b)
        {
            double sum = 0;
            for (int j = 0; j < 3; j++) sum += Math.Pow(rows[a][j] - rows[b][j], 2);
            return Math.Exp(-gamma * sum);
        }
    }

    [Fact]
    public void Terms_weigh_as_the_formula_says()
    {
        string[] texts = ["Red red ÄPFEL", "green äpfel"];
        var features = TermFeatures.Learn(texts, 2, Cancel);
        var row = features.Transform(["red red äpfel unknown"]);
        // words: red (2), äpfel; pairs: red red, red äpfel. äpfel is in both texts, the others in one
        double one = 1 + Math.Log(3.0 / 2), red = (1 + Math.Log(2)) * one, length = Math.Sqrt((red * red) + 1 + (2 * one * one));
        var words = row.Columns(0).ToArray().Zip(row.Values(0).ToArray()).Where(t => t.First < features.Words).Select(t => (double)t.Second).Order().ToArray();
        double[] expected = [.. new[] { 1, one, one, red }.Select(x => x / length)];
        Assert.Equal(expected.Length, words.Length);
        for (int i = 0; i < words.Length; i++) Assert.Equal(expected[i], words[i], 1e-5);
        double squares = row.Columns(0).ToArray().Zip(row.Values(0).ToArray()).Where(t => t.First >= features.Words).Sum(t => (double)t.Second * t.Second);
        Assert.Equal(1, squares, 1e-5);
        Assert.Equal(0, features.Transform([""]).Columns(0).Length);
    }

    [Fact]
    public void A_blend_finds_the_temperature_and_leaves_out_what_is_noise()
    {
        var random = new Random(1);
        const int n = 20_000;
        var (sharp, noise, labels) = (new DenseRows(n, 3), new DenseRows(n, 3), new int[n]);
        for (int i = 0; i < n; i++)
        {
            float[] truth = [random.NextSingle() * 4, random.NextSingle() * 4, random.NextSingle() * 4];
            for (int c = 0; c < 3; c++) (sharp[i][c], noise[i][c]) = (truth[c] * 5, random.NextSingle());
            Softmax.Apply(truth);
            float draw = random.NextSingle();
            labels[i] = draw < truth[0] ? 0 : draw < truth[0] + truth[1] ? 1 : 2;
        }

        var ((weights, _), _, _) = Blend.Fit([sharp, noise], Targets.Of(labels, 3));
        Assert.Equal(0.2, weights[0], 0.01);
        Assert.InRange(weights[1], 0, 0.1);
    }

    [Fact]
    public void A_blend_of_two_classes_is_Platts_scaling()
    {
        // two scores only: slope and intercept meet both shares of yes
        const int n = 10_000;
        var (scores, labels) = (new DenseRows(2 * n, 2), new int[2 * n]);
        for (int i = 0; i < 2 * n; i++)
        {
            scores[i][1] = i < n ? 1 : -1;
            labels[i] = i % n < (i < n ? 0.9 : 0.7) * n ? 1 : 0;
        }

        var (blend, loss, told) = Blend.Fit([scores], Targets.Of(labels, 2));
        double high = Math.Log(0.9 / 0.1), low = Math.Log(0.7 / 0.3);
        Assert.True(told);
        Assert.Equal((high - low) / 2, blend.Weights[0], 0.01);
        Assert.Equal((high + low) / 2, blend.Intercepts[1] - blend.Intercepts[0], 0.01);
        Assert.Equal(-((0.9 * Math.Log(0.9)) + (0.1 * Math.Log(0.1)) + (0.7 * Math.Log(0.7)) + (0.3 * Math.Log(0.3))) / 2, loss, 1e-3);
        var logits = blend.Mix([scores]);
        Assert.Equal(0.7, Softmax.Sigmoid(logits[n][1] - logits[n][0]), 0.005);
    }

    [Fact]
    public void Labels_that_stand_together_or_apart_are_as_likely_as_they_are_common()
    {
        const int n = 4000;
        var (scores, sets) = (new DenseRows(n, 2), new int[n][]);
        for (int i = 0; i < n; i++)
        {
            // the first stands in 8 of 10 rows of a high score and 1 of 10 of a low one, the second in 1 and 0 of 20
            bool high = i % 2 == 0;
            int place = i / 2 % 20;
            (scores[i][0], scores[i][1]) = high ? (1, 1) : (-1, -1);
            sets[i] = [.. (int[])[.. place < (high ? 16 : 2) ? (int[])[0] : [], .. high && place == 19 ? (int[])[1] : []]];
        }

        var (blend, _, _) = Blend.Fit([scores], Targets.Of(sets, 2));
        var logits = blend.Mix([scores]);
        double[] said = [.. Enumerable.Range(0, 2).Select(c => Enumerable.Range(0, n).Average(i => Softmax.Sigmoid(logits[i][c])))];
        Assert.Equal(0.45, said[0], 0.01);
        Assert.Equal(0.025, said[1], 0.005);
    }

    /// <summary>Yes from half of the best F1 on (Lipton and others 2014): 100 rows of chance 0.4 are worth it, of chance 0.2 beside 100 of 0.9 they are not.</summary>
    [Theory]
    [InlineData(0.4f, 0.4f, true)]
    [InlineData(0.2f, 0.9f, false)]
    public void A_small_class_is_favoured_as_far_as_its_F1_is_expected_to_rise(float unsure, float other, bool favoured)
    {
        const int n = 20_000;
        var (logits, labels) = (new DenseRows(n, 2), new int[n]);
        for (int i = 0; i < n; i++)
        {
            float chance = i < 100 ? unsure : i < 200 ? other : 1e-5f;
            logits[i][1] = MathF.Log(chance / (1 - chance));
            labels[i] = i < 200 && i % 100 < 100 * chance ? 1 : 0;
        }

        float[] offsets = DecisionOffsets.Choose(logits, Targets.Of(labels, 2), -1);
        Assert.Equal(favoured, logits[0][1] + offsets[1] > logits[0][0] + offsets[0]);
        Assert.True(logits[n - 1][1] + offsets[1] < offsets[0]);
    }

    [Fact]
    public void Style_counts_characters_and_runs_of_them()
    {
        float[] row = [.. StyleFeatures.Of(["WIN £100 now!! call 07700900123", "", "ΑΒ ab ٣٤ 😀"])[0]];
        Assert.Equal(StyleFeatures.Width, row.Length);

        // 31 characters, 5 words, 14 digits in 2 runs of which one is long, 3 capitals, 7 small letters, one shout
        float[] due = [31, 5, 14, 3, 7, 11, 1, 2, 1, 11, 1, 3];
        for (int i = 0; i < due.Length; i++) Assert.Equal(MathF.Log(1 + due[i]), row[i], 1e-5);
        float[] shares = [31f / 5 / 10, 14f / 31, 3f / 31, 7f / 31, 1f / 5, 1, 3f / 31];
        for (int i = 0; i < shares.Length; i++) Assert.Equal(shares[i], row[^(shares.Length - i)], 1e-5);
        Assert.All(StyleFeatures.Of([""])[0].ToArray()[..^7], x => Assert.Equal(0, x));

        float[] foreign = [.. StyleFeatures.Of(["ΑΒ ab ٣٤ 😀"])[0]];
        Assert.Equal(MathF.Log(1 + 10), foreign[0], 1e-5);
        Assert.Equal(MathF.Log(1 + 2), foreign[2], 1e-5);
        Assert.Equal(MathF.Log(1 + 5), foreign[10], 1e-5);
    }

    [Fact]
    public void Trees_learn_what_no_line_parts_and_only_the_order_of_values_counts()
    {
        var random = new Random(2);
        var (rows, turned, labels) = (new DenseRows(600, 3), new DenseRows(600, 3), new int[600]);
        for (int i = 0; i < 600; i++)
        {
            (rows[i][0], rows[i][1], rows[i][2]) = (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, 4);
            (turned[i][0], turned[i][1], turned[i][2]) = (MathF.Exp(3 * rows[i][0]), MathF.Pow(rows[i][1], 3), -1);
            labels[i] = rows[i][0] > 0 == rows[i][1] > 0 ? 1 : 0;
        }

        var targets = Targets.Of(labels, 2);
        var scores = BoostedTrees.Fit(rows, targets, 40, null, Cancel).Score(rows);
        Assert.InRange(Enumerable.Range(0, 600).Count(i => scores[i][1] > 0 == (labels[i] == 1)), 590, 600);
        var same = BoostedTrees.Fit(turned, targets, 40, null, Cancel).Score(turned);
        for (int i = 0; i < 600; i++) Assert.Equal(scores[i][1], same[i][1], 1e-4);
    }

    private static SparseRows Sparse(float[][] rows)
    {
        var starts = new int[rows.Length + 1];
        List<int> columns = [];
        List<float> values = [];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < rows[i].Length; j++)
            {
                if (rows[i][j] == 0) continue;
                columns.Add(j);
                values.Add(rows[i][j]);
            }

            starts[i + 1] = columns.Count;
        }

        return new SparseRows(starts, [.. columns], [.. values], rows[0].Length);
    }
}
