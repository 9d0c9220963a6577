using System.Globalization;
using Kindred.Learning.Anomalies;
using Kindred.Learning.Tables;

namespace Kindred.Learning.Tests.Anomalies;

public class TableDetectorTests
{
    private static readonly string[] Names = ["id", "speed", "torque", "kind", "fixed", "empty", "bytes"];

    [Fact]
    public void Columns_are_recognised()
    {
        var encoder = TableEncoder.Fit(Names, Rows(400, 1));
        Assert.Equal([ColumnKind.Ignored, ColumnKind.Number, ColumnKind.Number, ColumnKind.Category, ColumnKind.Constant, ColumnKind.Ignored, ColumnKind.Number], encoder.Columns.Select(c => c.Kind));
        Assert.Equal([false, true], encoder.Columns.Where(c => c.Name is "torque" or "bytes").Select(c => c.Log));
        Assert.Equal(3, encoder.Numbers);
        Assert.Equal(["mill", "lathe", ""], encoder.Columns[3].Categories);
    }

    [Fact]
    public void Numbers_are_scaled_and_read_the_same_in_every_locale()
    {
        var rows = Rows(400, 1);
        float[] expected = TableEncoder.Fit(Names, rows).Encode(rows[7]);
        var before = CultureInfo.CurrentCulture;
        try
        {
            // as in German: 1.234,5; made here, since a machine may know no culture
            var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator, german.NumberFormat.NegativeSign) = (",", ".", "\u2212");
            CultureInfo.CurrentCulture = german;
            var there = TableEncoder.Fit(Names, rows);
            Assert.Equal(expected, there.Encode(rows[7]));
            Assert.Equal("0", TableEncoder.Fit(["x"], [["0"], ["0"], ["1"]]).Decode(0, TableEncoder.Fit(["x"], [["0"], ["0"], ["1"]]).Encode(["0"])));
            Assert.Equal("-1.5", TableEncoder.Fit(["x"], [["-1.5"], ["2"]]).Decode(0, TableEncoder.Fit(["x"], [["-1.5"], ["2"]]).Encode(["-1.5"])));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        var encoder = TableEncoder.Fit(["x"], [["1"], ["2"], ["3"], ["6"]]);
        Assert.Equal(new[] { -2, -1, 0, 3 }.Select(x => x / Math.Sqrt(3.5)), new[] { "1", "2", "3", "6" }.Select(x => (double)encoder.Encode([x])[0]), (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Theory]
    [InlineData(399)]
    [InlineData(401)]
    public void Row_numbers_are_as_many_as_rows(int numbers)
    {
        var options = new AnomalyOptions { RowNumbers = [.. Enumerable.Range(1, numbers)] };
        Assert.StartsWith($"{numbers} row numbers and 400 rows", Assert.Throws<ArgumentException>(() => TableDetector.Fit(Names, Rows(400, 1), options, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vector_can_be_read_back()
    {
        var rows = Rows(400, 1);
        var encoder = TableEncoder.Fit(Names, rows);
        float[] vector = encoder.Encode(["1", "1500", "40", "mill", "5", "", "1000000"]);
        Assert.Equal(["", "1500", "40", "mill", "5", "", "1E+06"], Enumerable.Range(0, 7).Select(c => encoder.Decode(c, vector)));
    }

    [Fact]
    public void What_is_odd_is_found_and_named()
    {
        var detector = TableDetector.Fit(Names, Rows(800, 1), null, TestContext.Current.CancellationToken);

        // usual speed, usual torque, but not together: torque falls with speed
        var odd = detector.Score(["1", "1650", "48", "mill", "5", "", "100"]);
        Assert.True(odd.IsAnomaly);
        Assert.Contains(odd.Columns, c => c.Column is "torque" or "speed");
        Assert.Equal(3, odd.NearestNormal.Count);
        Assert.True(detector.Score(["1", "1500", "90", "mill", "5", "", "100"]).IsAnomaly);
        Assert.Equal("torque", detector.Score(["1", "1500", "90", "mill", "5", "", "100"]).Columns[0].Column);

        var usual = detector.Score(["1", "1500", "40", "mill", "5", "", "100"]);
        Assert.False(usual.IsAnomaly);
        var unseen = detector.Score(["1", "1500", "40", "anvil", "5", "", "100"]);
        Assert.True(double.IsFinite(unseen.Score) && unseen.Score > usual.Score);
        Assert.Equal(("kind", "anvil"), (unseen.Columns[0].Column, unseen.Columns[0].Value));
        Assert.Contains(unseen.Columns[0].Expected, new[] { "mill", "lathe" });
        Assert.Equal("fixed", detector.Score(["1", "1500", "40", "mill", "6000", "", "100"]).Columns[0].Column);
        Assert.True(double.IsFinite(detector.Score(["", "", "", "", "", "", ""]).Score));
        Assert.True(double.IsFinite(detector.Score(["1", "1e300", "-1e300", "mill", "5", "", "1e300"]).Score));
        Assert.Throws<FormatException>(() => detector.Score(["1", "fast", "40", "mill", "5", "", "100"]));
    }

    [Fact]
    public void Rows_that_cannot_be_used_are_listed_and_the_numbers_of_others_stay()
    {
        var rows = Rows(300, 1);
        rows[4][1] = "fast";
        string path = Path.GetTempFileName();
        try
        {
            var detector = TableDetector.Fit(Names, rows, null, TestContext.Current.CancellationToken);
            Assert.Equal([(5, "column speed holds \"fast\", where a number is wanted")], detector.Unusable);
            Assert.Equal(299, detector.Detector.Count);
            Assert.Contains(detector.Detector.NearestNormal(detector.Encoder.Encode(rows[200]), 1), n => n.Id == 201);
            detector.Save(path);
            var again = TableDetector.Open(path);
            foreach (string[] row in rows[100..120]) Assert.Equal(detector.Score(row).Score, again.Score(row).Score);
            Assert.Equal(detector.Encoder.Columns.Select(c => (c.Name, c.Kind, c.Mean, c.Log)), again.Encoder.Columns.Select(c => (c.Name, c.Kind, c.Mean, c.Log)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_table_without_anything_to_learn_is_refused()
    {
        Assert.Contains("holds no value", Assert.Throws<ArgumentException>(() => TableEncoder.Fit(["a"], [[""], ["NaN"]])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TableEncoder.Fit(["a"], []));
    }

    [Fact]
    public void A_drift_is_told_and_none_is_not()
    {
        var cancel = TestContext.Current.CancellationToken;
        var detector = TableDetector.Fit(Names, Rows(800, 1), null, cancel);
        Assert.DoesNotContain(DriftTest.Compare(detector, Encoded(Rows(300, 2)), cancel), d => d.IsDrift);
        var moved = Rows(300, 3);
        foreach (string[] row in moved)
        {
            row[1] = (double.Parse(row[1], CultureInfo.InvariantCulture) + 60).ToString(CultureInfo.InvariantCulture);
            if (row[3] == "mill") row[3] = "lathe";
        }

        var drifts = DriftTest.Compare(detector, Encoded(moved), cancel);
        Assert.Equal("", drifts[0].Column);
        Assert.Equal(["", "kind", "speed"], drifts.Where(d => d.IsDrift).Select(d => d.Column).Order(StringComparer.Ordinal));
        Assert.All(drifts.Where(d => d.Column is "kind" or "speed"), d => Assert.True(d.Psi > 0.25));

        IReadOnlyList<ReadOnlyMemory<float>> Encoded(string[][] rows) => [.. rows.Select(r => new ReadOnlyMemory<float>(detector.Encoder.Encode(r)))];
    }

    /// <summary>Values of scipy 1.10.</summary>
    [Fact]
    public void The_tests_of_drift_have_known_tails()
    {
        foreach (var (value, freedom, p) in new[] { (3.84, 1, 0.05004352124870519), (20, 5, 0.0012497305630313773), (1, 10, 0.9998278843700441), (300, 200, 5.924540335483916e-06) })
            Assert.Equal(p, DriftTest.ChiSquareAbove(value, freedom), 1e-10);
        Assert.Equal(0.049485876755377876, DriftTest.KolmogorovSmirnov(1.36 / 1000, 2e6, 2e6), 1e-4);
    }

    private static string[][] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(1, count).Select(i =>
        {
            double speed = 1500 + (60 * AnomalyData.Gauss(random));
            double[] numbers = [i, speed, 40 - ((speed - 1500) / 10) + AnomalyData.Gauss(random), 5, Math.Floor(Math.Exp(4 + (2 * AnomalyData.Gauss(random))))];
            string[] texts = [.. numbers.Select(x => x.ToString("G9", CultureInfo.InvariantCulture))];
            string kind = random.Next(20) switch { 0 => "", < 8 => "lathe", _ => "mill" };
            return new[] { texts[0], texts[1], texts[2], kind, texts[3], random.Next(2) == 0 ? "" : "NaN", texts[4] };
        })];
    }
}
