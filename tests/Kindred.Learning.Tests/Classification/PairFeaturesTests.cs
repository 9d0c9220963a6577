using System.Globalization;
using Kindred.Learning.Classification;
using Kindred.Learning.Tables;
using Kindred.Vectors.Files;

namespace Kindred.Learning.Tests.Classification;

public class PairFeaturesTests
{
    [Fact]
    public void Numbers_are_as_they_were_and_pairs_follow()
    {
        string[][] cells = [["1", "a", "10", "3"], ["2", "b", "-20", "5"], ["4", "a", "30", "8"], ["1000", "b", "0", "13"]];
        var table = TableEncoder.Fit(["x", "name", "y", "z"], cells);
        var rows = DenseRows.Copy([.. cells.Select(c => new ReadOnlyMemory<float>([.. table.Encode(c).Select(v => v * 0.25f)]))]);
        var wide = new PairFeatures(table, 0.25f, [0, 2]).Of(rows);
        Assert.Equal(rows.Width + 2, wide.Width);
        for (int i = 0; i < cells.Length; i++)
        {
            double[] due = [.. new[] { 0, 2, 3 }.Select(c => double.Parse(cells[i][c], CultureInfo.InvariantCulture))];
            double[] all = [.. due, due[0] - due[2], due[0] * due[2]];
            float[] got = [.. wide[i][..3], .. wide[i][^2..]];
            for (int c = 0; c < all.Length; c++) Assert.Equal(all[c], got[c], 1e-3 * Math.Max(1, Math.Abs(all[c])));
        }
    }

    [Fact]
    public void Of_many_columns_those_that_count_are_paired()
    {
        var random = new Random(4);
        List<string[]> cells = [];
        List<string> labels = [];
        for (int i = 0; i < 600; i++)
        {
            double[] row = [.. Enumerable.Range(0, 12).Select(_ => random.NextDouble() + 0.5)];
            cells.Add([.. row.Select(x => x.ToString(CultureInfo.InvariantCulture))]);
            labels.Add(row[7] * row[11] > 1 ? "over" : "under");
        }

        var table = TableEncoder.Fit([.. Enumerable.Range(0, 12).Select(c => $"c{c}")], cells);
        var rows = new Samples(null, [.. cells.Select(c => new ReadOnlyMemory<float>(table.Encode(c)))]);
        var fitted = Classifier.Fit(rows, labels, new ClassifierOptions { Table = table, Method = ClassifierMethod.Boosting, KeepRows = false }, cancel: TestContext.Current.CancellationToken);
        Assert.Equal("pairs", fitted.Weights.MaxBy(w => w.Weight).View);
        Assert.True(fitted.Validation!["accuracy"] > 0.97, $"{fitted.Validation["accuracy"]}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0, 3)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(-1, 1)]
    [InlineData(0, 1, 2, 3, 4, 5, 6, 7, 8)]
    public void Pairs_that_cannot_be_are_named(params int[] numbers)
    {
        var table = TableEncoder.Fit(["x", "y", "z"], [["1", "2", "3"], ["2", "1", "5"]]);
        string path = Path.GetTempFileName();
        SafetensorsFile.Write(path, new Dictionary<string, string> { ["format"] = "kindred.classifier", ["version"] = "1", ["model"] = "{}" }, [new SafetensorsTensor("pairs.numbers", numbers, numbers.Length)]);
        using (var reader = new ModelReader(path, "kindred.classifier"))
            Assert.Contains("pairs.numbers", Assert.Throws<VectorFileException>(() => BoostingView.LoadPairs(reader, 3, 2, table, 1)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }
}
