using Kindred.Cli.Maps;
using SkiaSharp;

namespace Kindred.EndToEnd.Tests;

/// <summary>What is written on pictures, and whether it can be read.</summary>
public sealed class PictureTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("abc 12", "abc 12")]
    [InlineData("אבג", "גבא")]
    [InlineData("abc אבג def", "abc גבא def")]
    [InlineData("אבג 12 דה", "הד 12 גבא")]
    [InlineData("אבג def דה", "הד def גבא")]
    [InlineData("שלום (abc)!", "!)abc( םולש")]
    [InlineData("price 12.50 אבג 3,5", "price 12.50 3,5 גבא")]
    [InlineData("12 אבג", "גבא 12")]
    [InlineData("猫 𝒜 אב", "猫 𝒜 בא")]
    public void A_line_that_reads_from_both_sides_is_drawn_in_the_order_of_Unicode(string text, string drawn)
    {
        Assert.Equal(drawn, string.Concat(ReadingOrder.Of(text).Select(part => Part(text.Substring(part.Start, part.Length), part.FromRight))));

        static string Part(string text, bool fromRight) => fromRight ? new string([.. text.Reverse()]) : text;
    }

    [Fact]
    public async Task A_legend_is_not_cut_and_what_reads_from_the_right_is_drawn_so_with_its_letters_joined()
    {
        // the wide letter is the first of the Hebrew name, six letters join in the Arabic one, and nothing has room for the last
        string[] names = ["ששששש ייייי", "بببببب", "nothing that has room " + new string('x', 300)];
        using var folder = new Folder();
        folder.Write("t.csv", "text,kind\n" + string.Concat(names.SelectMany(n => Enumerable.Range(0, 4).Select(i => $"a text {i} of {names.IndexOf(n)},{n}\n"))));
        (await KindredCommand.RunAsync("map", "--in", folder["t.csv"], "--color", "kind", "--method", "pca", "--out", folder["m.png"])).Succeeded();
        using var picture = SKBitmap.Decode(folder["m.png"]);

        // the legend's three lines lie about the middle of the points; no other letters reach so far right
        var lines = Lines(from: 1250);
        Assert.Equal(3, lines.Count);
        Assert.True(lines.Max(l => l.Columns[^1]) < 1595, "the longest name ends before the picture does");
        Assert.Contains(lines, l => Ink(l, last: true) > 1.5 * Ink(l, last: false));
        Assert.Contains(lines, l => l.Columns.Length > 20 && l.Columns[^1] - l.Columns[0] == l.Columns.Length - 1);

        bool IsBlack(int x, int y) => picture.GetPixel(x, y) is { Red: < 140, Green: < 140, Blue: < 140 };

        // of the first or the last quarter
        int Ink((int Top, int Bottom, int[] Columns) line, bool last)
        {
            int quarter = (line.Columns[^1] - line.Columns[0]) / 4;
            return Enumerable.Range(last ? line.Columns[^1] - quarter : line.Columns[0], quarter + 1).Sum(x => Enumerable.Range(line.Top, line.Bottom - line.Top).Count(y => IsBlack(x, y)));
        }

        List<(int Top, int Bottom, int[] Columns)> Lines(int from)
        {
            var found = new List<(int, int, int[])>();
            int middle = 80 + ((1100 - 80 - 40) / 2);
            foreach (int line in (int[])[middle - 26, middle, middle + 26])
            {
                int[] columns = [.. Enumerable.Range(from, 1600 - from).Where(x => Enumerable.Range(line - 12, 24).Any(y => IsBlack(x, y)))];
                if (columns.Length > 0) found.Add((line - 12, line + 12, columns));
            }

            return found;
        }
    }

    [Fact]
    public async Task One_score_beyond_all_others_does_not_lay_them_flat()
    {
        using var folder = new Folder();
        string rows = "a\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{(i * 37 % 101) + (i * 53 % 89)}\n"));
        folder.Write("t.csv", rows);
        folder.Write("odd.csv", rows + "1000000000\n");
        (await KindredCommand.RunAsync("detect", "fit", "--in", folder["t.csv"], "--method", "mahalanobis", "--out", folder["d"])).Succeeded();
        var scores = (await KindredCommand.RunAsync("detect", "score", "--with", folder["d"], "--in", folder["odd.csv"], "--out", folder["s.png"], "--json")).Succeeded().Json;
        Assert.True(scores[200].GetProperty("score").GetDouble() > 1000 * scores.Take(200).Max(s => s.GetProperty("score").GetDouble()));

        using var picture = SKBitmap.Decode(folder["s.png"]);
        int[] usual = [.. Enumerable.Range(0, picture.Height).Where(y => Enumerable.Range(0, picture.Width).Any(x => picture.GetPixel(x, y) is { Red: < 20, Green: > 90 and < 140, Blue: > 150 }))];
        int odd = Enumerable.Range(0, picture.Height).First(y => Enumerable.Range(0, picture.Width).Any(x => picture.GetPixel(x, y) is { Red: > 200, Green: > 80 and < 110, Blue: < 20 }));
        Assert.True(usual[^1] - usual[0] > 30, "the usual scores are told apart");
        Assert.True(odd < usual[0], "the odd one stands above them");
    }

    [Fact]
    public void Of_many_labels_those_are_shown_that_are_taken_for_each_other()
    {
        // label 60 has most mistakes, but each with another label; 70 and 71, 3 and 50 are taken for each other
        int[][] confusion = [.. Enumerable.Range(0, 80).Select(_ => new int[80])];
        for (int i = 0; i < 80; i++) confusion[i][i] = 10;
        for (int i = 0; i < 40; i++) confusion[60][i] = 1;
        (confusion[70][71], confusion[71][70], confusion[3][50]) = (2, 2, 3);
        int[] shown = ConfusionPicture.Choose(confusion);
        Assert.Equal(30, shown.Length);
        Assert.Equal(shown.Order(), shown);
        Assert.Equal([3, 50, 70, 71], shown.Intersect([70, 71, 3, 50]));
        Assert.Equal(Enumerable.Range(0, 30), ConfusionPicture.Choose(confusion[..30]));
        Assert.Equal(30, ConfusionPicture.Choose([.. Enumerable.Range(0, 31).Select(i => (int[])[.. Enumerable.Range(0, 31).Select(j => i == j ? 1 : 0)])]).Length);
    }
}
