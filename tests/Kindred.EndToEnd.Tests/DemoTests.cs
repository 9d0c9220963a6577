using SkiaSharp;

namespace Kindred.EndToEnd.Tests;

public class DemoTests
{
    [Fact]
    public async Task The_demo_indexes_searches_and_draws()
    {
        using var folder = new Folder();
        var demo = (await KindredCommand.RunAsync(["demo"], [], folder: folder.Path)).Succeeded();
        string all = string.Join('\n', demo.Lines);
        int question = Array.FindIndex(demo.Lines, l => l.Contains("How do I stop my laptop from overheating?", StringComparison.Ordinal));
        Assert.Contains("1. ", demo.Lines[question + 1], StringComparison.Ordinal);
        Assert.Contains("Thermal management tips for portable computers", demo.Lines[question + 1], StringComparison.Ordinal);
        Assert.Contains("king - man + woman = queen", all, StringComparison.Ordinal);
        string store = System.IO.Path.Combine("kindred-demo", "helpdesk.kindred");
        Assert.Contains(store, all, StringComparison.Ordinal);
        Assert.True(File.Exists(folder[store]));
        Assert.Contains("168 passages", await File.ReadAllTextAsync(folder["kindred-demo/map.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(DarkPixels(folder["kindred-demo/map.png"], top: 10, height: 60) > 300, "the title is drawn in letters");

        // a second run finds the files unchanged
        var again = (await KindredCommand.RunAsync(["demo"], [], folder: folder.Path)).Succeeded();
        Assert.Contains("168 files unchanged", string.Join('\n', again.Lines), StringComparison.Ordinal);
    }

    /// <summary>A picture without a typeface has no letters at all.</summary>
    private static int DarkPixels(string path, int top, int height)
    {
        using var picture = SKBitmap.Decode(path);
        int dark = 0;
        for (int y = top; y < top + height; y++)
        {
            for (int x = 0; x < picture.Width; x++)
                if (picture.GetPixel(x, y) is { Red: < 90, Green: < 90, Blue: < 90 }) dark++;
        }

        return dark;
    }
}
