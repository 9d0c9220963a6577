using CsCheck;
using Kindred.Learning.Classification;

namespace Kindred.Learning.Tests.Classification;

public class LogisticRegressionTests
{
    private static readonly ReadOnlyMemory<float>[] Rows =
        [.. Enumerable.Range(0, 60).Select(i => new ReadOnlyMemory<float>([.. Enumerable.Range(0, 4).Select(j => (float)(Math.Sin((1.7 * i) + (2.3 * j)) + ((i + j) % 3 == 0 ? 0.6 : 0)))]))];

    private static readonly int[] Labels = [.. Enumerable.Range(0, 60).Select(i => ((i % 5) + (i % 4)) % 3)];

    [Theory]   // LogisticRegression(C, tol=1e-12).predict_proba of scikit-learn 1.2.1
    [InlineData(0.5, new[] { 0.326762, 0.376729, 0.296510, 0.310520, 0.387531, 0.301949, 0.377740, 0.319204, 0.303056, 0.372572, 0.328891, 0.298537 })]
    [InlineData(20, new[] { 0.328647, 0.375236, 0.296117, 0.305615, 0.393169, 0.301216, 0.376755, 0.318647, 0.304598, 0.379394, 0.322491, 0.298114 })]
    public void Probabilities_are_those_of_scikit_learn(double c, double[] expected)
    {
        var model = LogisticRegression.Fit(Rows, Labels, c, TestContext.Current.CancellationToken);
        float[] probabilities = new float[3];
        for (int i = 0; i < 4; i++)
        {
            model.Predict(Rows[i].Span, probabilities);
            for (int k = 0; k < 3; k++) Assert.Equal(expected[(3 * i) + k], probabilities[k], 0.002);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    public void Slopes_are_those_of_the_loss_whatever_the_number_of_classes(int classes)
    {
        foreach (bool several in (bool[])[false, true])
        {
            var random = new Random(classes);
            const int n = 9;
            var targets = several
                ? Targets.Of([.. Enumerable.Range(0, n).Select(i => i % 2 == 0 ? new[] { 0, classes - 1 } : [])], classes)
                : Targets.Of([.. Enumerable.Range(0, n).Select(i => i % classes)], classes);
            var scores = new Panels(n, classes);
            for (int i = 0; i < n; i++)
                for (int c = 0; c < classes; c++) scores[i, c] = (random.NextSingle() - 0.5f) * 6;
            var slopes = Copy(scores);
            targets.LossAndSlopes(slopes);
            for (int probe = 0; probe < 40; probe++)
            {
                int i = random.Next(n), c = random.Next(classes);
                var (more, less) = (Copy(scores), Copy(scores));
                more[i, c] += 0.01f;
                less[i, c] -= 0.01f;
                Assert.Equal((targets.LossAndSlopes(more) - targets.LossAndSlopes(less)) / 0.02, slopes[i, c], 2e-3);
            }
        }

        static Panels Copy(Panels from) => new(from.Rows, from.Columns, [.. from.Values]);
    }

    [Fact]
    public void A_product_of_panels_is_the_plain_sum() => Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70], Gen.Int[1, 40], Gen.Int[0, 1000]).Sample(
        (n, d, k, seed) =>
        {
            var random = new Random(seed);
            var (left, right, product) = (new DenseRows(n, d), new Panels(d, k), new Panels(n, k));
            foreach (ref float x in left.Values.AsSpan()) x = random.Next(-8, 9);
            for (int j = 0; j < d; j++)
                for (int c = 0; c < k; c++) right[j, c] = random.Next(-8, 9);
            product.Multiply(left, right);
            for (int i = 0; i < n; i++)
                for (int c = 0; c < k; c++)
                    if (product[i, c] != Enumerable.Range(0, d).Sum(j => left[i][j] * right[j, c])) return false;
            return true;
        },
        iter: 60);

    [Fact]
    public void The_rows_mean_does_not_matter_but_to_the_intercept()
    {
        var moved = Rows.Select(r => new ReadOnlyMemory<float>([.. r.ToArray().Select(x => x + 3)])).ToArray();
        var (a, b) = (LogisticRegression.Fit(Rows, Labels, 5, TestContext.Current.CancellationToken), LogisticRegression.Fit(moved, Labels, 5, TestContext.Current.CancellationToken));
        float[] p = new float[3], q = new float[3];
        for (int i = 0; i < Rows.Length; i++)
        {
            a.Predict(Rows[i].Span, p);
            b.Predict(moved[i].Span, q);
            for (int k = 0; k < 3; k++) Assert.Equal(p[k], q[k], 2e-3);
        }
    }

    [Fact]
    public void What_cannot_be_learnt_is_said()
    {
        Assert.Contains("one class", Assert.Throws<ArgumentException>(() => Fit(Rows, new int[60])).Message, StringComparison.Ordinal);
        Assert.Contains("60 rows and 59 labels", Assert.Throws<ArgumentException>(() => Fit(Rows, Labels[1..])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 1", Assert.Throws<ArgumentException>(() => Fit([new float[] { 1 }, new float[] { float.NaN }], [0, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("Row 1", Assert.Throws<ArgumentException>(() => Fit([new float[] { 1 }, new float[] { 1, 2 }], [0, 1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Fit(Rows, Labels, 0));
    }

    private static LogisticRegression Fit(IReadOnlyList<ReadOnlyMemory<float>> rows, int[] labels, double c = 1) => LogisticRegression.Fit(rows, labels, c, TestContext.Current.CancellationToken);
}
