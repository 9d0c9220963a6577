using System.Text.Json;
using Microsoft.Playwright;

namespace Kindred.EndToEnd.Tests;

/// <summary>The map's page in a browser, as a reader uses it.</summary>
public class MapPageTests
{
    private static readonly string Browser = Environment.GetEnvironmentVariable("KINDRED_CHROMIUM") ?? "/usr/bin/chromium";

    [Fact]
    public async Task Hover_search_and_legend_work_and_texts_are_no_markup()
    {
        if (!File.Exists(Browser)) Assert.Skip($"there is no browser at {Browser}; ./test installs one");
        using var folder = new Folder();
        folder.Write("t.csv", "text,kind\n\"The cat sleeps </script><img src=x onerror=alert(1)>\",animal\nA dog barks,animal\nShares fell on Monday,money\nThe bank raised rates,money\n");
        (await KindredCommand.RunAsync("map", "--in", folder["t.csv"], "--color", "kind", "--out", folder["map.html"], "--json")).Succeeded();

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Browser,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1200, Height = 800 } });
        var problems = new List<string>();
        page.PageError += (_, error) => problems.Add(error);
        page.Dialog += (_, dialog) => problems.Add(dialog.Message);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal)) problems.Add(request.Url);
        };
        await page.GotoAsync(new Uri(folder["map.html"]).AbsoluteUri);
        Assert.Equal("t.csv: 4 texts by meaning", await page.TitleAsync());

        var box = (await page.Locator("#map").BoundingBoxAsync())!;
        for (int i = 0; i < 4; i++)
        {
            var place = (await page.EvaluateAsync($"kindredMap.place({i})"))!.Value;
            await page.Mouse.MoveAsync(box.X + place[0].GetSingle(), box.Y + place[1].GetSingle());
            Assert.True(await page.Locator("#tip").IsVisibleAsync());
            var point = (await page.EvaluateAsync($"kindredMap.points[{i}]"))!.Value;
            Assert.Contains(point[5].GetString()!, await page.Locator("#tip").TextContentAsync(), StringComparison.Ordinal);
        }

        await page.Locator("#find").FillAsync("dog");
        Assert.Equal("1 of 4 points", await page.Locator("#count").TextContentAsync());
        await page.Locator("#find").FillAsync("");

        // a lasso around all chooses all, and the rows can be saved
        await page.Locator("#lasso").ClickAsync();
        await page.Mouse.MoveAsync(box.X + 3, box.Y + 3);
        await page.Mouse.DownAsync();
        foreach (var (x, y) in new[] { (box.Width - 3, 3f), (box.Width - 3, box.Height - 3), (3f, box.Height - 3) }) await page.Mouse.MoveAsync(box.X + x, box.Y + y);
        await page.Mouse.UpAsync();
        Assert.Equal("4 points, 4 chosen", await page.Locator("#count").TextContentAsync());
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("#save").ClickAsync());
        string saved = await File.ReadAllTextAsync((await download.PathAsync())!, TestContext.Current.CancellationToken);
        Assert.Equal("row,group,label,source,text", saved.Split("\r\n")[0]);
        Assert.Contains("\"A dog barks\"", saved, StringComparison.Ordinal);
        Assert.Equal(6, saved.Split("\r\n").Length);
        await page.Locator("#lasso").ClickAsync();
        Assert.Equal("4 points", await page.Locator("#count").TextContentAsync());

        // a group switched off can no longer be hovered
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "money" }).ClickAsync();
        var shares = (await page.EvaluateAsync("kindredMap.place(2)"))!.Value;
        await page.Mouse.MoveAsync(box.X + shares[0].GetSingle(), box.Y + shares[1].GetSingle());
        Assert.False(await page.Locator("#tip").IsVisibleAsync());

        // the wheel zooms about the pointer
        var before = (await page.EvaluateAsync("kindredMap.place(0)"))!.Value;
        await page.Mouse.MoveAsync(box.X + before[0].GetSingle(), box.Y + before[1].GetSingle());
        await page.Mouse.WheelAsync(0, -400);
        var after = (await page.EvaluateAsync<JsonElement?>("new Promise(r => requestAnimationFrame(() => r(kindredMap.place(0))))"))!.Value;
        Assert.Equal(before[0].GetSingle(), after[0].GetSingle(), 1.0);
        var far = (await page.EvaluateAsync("kindredMap.place(2)"))!.Value;
        Assert.True(Distance(after, far) > 1.3 * Distance(before, shares));
        Assert.Empty(problems);
    }

    private static double Distance(JsonElement a, JsonElement b) => Math.Sqrt(Math.Pow(a[0].GetDouble() - b[0].GetDouble(), 2) + Math.Pow(a[1].GetDouble() - b[1].GetDouble(), 2));
}
