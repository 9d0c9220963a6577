using System.Text.Json;
using Microsoft.Playwright;

namespace Kindred.EndToEnd.Tests;

/// <summary>The map's page in a browser, as a reader uses it.</summary>
public sealed class MapPageTests : IAsyncLifetime
{
    private static readonly string Path = Environment.GetEnvironmentVariable("KINDRED_CHROMIUM") ?? "/usr/bin/chromium";
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Path)) Assert.Skip($"there is no browser at {Path}; ./test installs one");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    [Fact]
    public async Task Hover_search_and_legend_work_and_texts_are_no_markup()
    {
        using var folder = new Folder();
        folder.Write("t.csv", "text,kind\n\"The cat sleeps </script><img src=x onerror=alert(1)>\",animal\nA dog barks,animal\nShares fell on Monday,money\nThe bank raised rates,money\n");
        (await KindredCommand.RunAsync("map", "--in", folder["t.csv"], "--color", "kind", "--out", folder["map.html"], "--json")).Succeeded();

        var page = await _browser!.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1200, Height = 800 } });
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

    [Fact]
    public async Task On_a_telephone_in_the_dark_a_tap_reads_two_fingers_zoom_and_labels_read_from_their_own_side()
    {
        string longest = string.Join(' ', Enumerable.Repeat("a label that no legend has room for", 12));
        using var folder = new Folder();
        folder.Write("t.csv", $"text,kind\nالقطة تنام على السجادة,حيوانات\nהחתול ישן על השטיח,חיות\nShares fell on Monday,{longest}\nThe bank raised rates,{longest}\nA dog barks,{longest}\n");
        (await KindredCommand.RunAsync("map", "--in", folder["t.csv"], "--color", "kind", "--out", folder["map.html"])).Succeeded();
        await using var phone = await _browser!.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 400, Height = 800 }, HasTouch = true, IsMobile = true, ColorScheme = ColorScheme.Dark });
        var page = await phone.NewPageAsync();
        await page.GotoAsync(new Uri(folder["map.html"]).AbsoluteUri);

        var map = (await page.Locator("#map").BoundingBoxAsync())!;
        var legend = (await page.Locator("#legend").BoundingBoxAsync())!;
        Assert.True(map.Width == 400 && legend.Width == 400 && legend.Y >= map.Y + map.Height && map.Height > legend.Height);
        Assert.Equal(400, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.True(await page.EvaluateAsync<bool>("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(c => c < 64) && getComputedStyle(document.body).color.match(/\\d+/g).every(c => c > 192)"));
        Assert.Equal("ltr rtl rtl", await page.EvaluateAsync<string>("[...document.querySelectorAll('#legend span')].map(s => getComputedStyle(s).direction).sort().join(' ')"));
        Assert.True((await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = longest }).BoundingBoxAsync())!.Height < 90);

        var first = await PlaceAsync(0);
        await page.Touchscreen.TapAsync(map.X + first.X, map.Y + first.Y);
        Assert.Contains("القطة", await page.Locator("#tip").TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal("rtl", await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('#tip b')).direction"));
        var tip = (await page.Locator("#tip").BoundingBoxAsync())!;
        Assert.True(tip.X >= 0 && tip.X + tip.Width <= 400);

        // two fingers twice as far apart: what lies between them stays, all else is twice as far from it
        var touch = await phone.NewCDPSessionAsync(page);
        await TouchAsync("touchStart", (150, 200), (250, 200));
        for (int i = 1; i <= 10; i++) await TouchAsync("touchMove", (150 - (5 * i), 200), (250 + (5 * i), 200));
        await TouchAsync("touchEnd");
        var zoomed = await PlaceAsync(0);
        Assert.Equal(200 + (2 * (first.X - 200)), zoomed.X, 3.0);
        Assert.Equal(200 - map.Y + (2 * (first.Y - 200 + map.Y)), zoomed.Y, 3.0);

        // one finger moves it, two taps show all again
        await TouchAsync("touchStart", (200, 200));
        for (int i = 1; i <= 4; i++) await TouchAsync("touchMove", (200 + (10 * i), 200));
        await TouchAsync("touchEnd");
        Assert.Equal(zoomed.X + 40, (await PlaceAsync(0)).X, 3.0);
        await page.Touchscreen.TapAsync(20, map.Y + map.Height - 40);
        await page.Touchscreen.TapAsync(20, map.Y + map.Height - 40);
        Assert.Equal(first.X, (await PlaceAsync(0)).X, 1.0);

        async Task<(float X, float Y)> PlaceAsync(int point)
        {
            float[] at = await page.EvaluateAsync<float[]>($"kindredMap.place({point})");
            return (at[0], at[1]);
        }

        Task TouchAsync(string what, params (int X, int Y)[] fingers) => touch.SendAsync("Input.dispatchTouchEvent", new Dictionary<string, object>
        {
            ["type"] = what,
            ["touchPoints"] = fingers.Select((f, id) => new Dictionary<string, object> { ["x"] = f.X, ["y"] = f.Y, ["id"] = id }).ToArray(),
        });
    }

    [Fact]
    public async Task Of_many_points_the_one_under_the_pointer_is_the_nearest()
    {
        using var folder = new Folder();
        folder.Write("t.csv", "a,b\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i * 618 % 1000},{i * (long)i * 414 % 997}\n")));
        (await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--k", "3", "--out", folder["map.html"])).Succeeded();
        var page = await _browser!.NewPageAsync();
        await page.GotoAsync(new Uri(folder["map.html"]).AbsoluteUri);
        await page.Locator("#legend button").First.ClickAsync();
        var box = (await page.Locator("#map").BoundingBoxAsync())!;
        foreach (int turns in new[] { 0, 1, 1, 4 })
        {
            await page.Mouse.MoveAsync(box.X + 300, box.Y + 200);
            for (int i = 0; i < turns; i++) await page.Mouse.WheelAsync(0, -300);
            string differing = await page.EvaluateAsync<string>("""
                () => {
                    const hidden = document.querySelector("#legend button[aria-pressed=false] span").textContent, names = [...document.querySelectorAll("#legend span")].map(s => s.textContent), differing = [];
                    let found = 0;
                    for (let i = 0; i < 400; i++) {
                        const x = i % 20 * 45 - 20, y = Math.floor(i / 20) * 40 - 20, at = kindredMap.nearest(x, y), far = k => { const [px, py] = kindredMap.place(k); return Math.hypot(px - x, py - y); };
                        let best = -1;
                        for (let k = 0; k < kindredMap.points.length; k++) if (names[kindredMap.points[k][2]] !== hidden && (best < 0 || far(k) < far(best))) best = k;
                        if (at < 0 ? far(best) < 7.5 : Math.abs(far(at) - far(best)) > 1e-6 || names[kindredMap.points[at][2]] === hidden) differing.push([x, y, at, best]);
                        if (at >= 0) found++;
                    }
                    return found === 0 ? "none found" : JSON.stringify(differing);
                }
                """);
            Assert.Equal("[]", differing);
        }
    }

    [Fact]
    public async Task A_page_of_clusters_tells_every_topic_in_order()
    {
        using var folder = new Folder();
        string[] things = ["ferry", "bakery", "lamp", "violin", "volcano", "tax", "goal", "laptop", "wheat", "judge", "vaccine", "planet"];
        folder.Write("t.csv", "text\n" + string.Concat(things.SelectMany(t => new[] { $"The {t} is old\n", $"A story about the {t}\n", $"Nobody likes the {t}\n", $"The {t} in winter\n" })));
        var clusters = (await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--k", "25", "--out", folder["map.html"], "--json")).Succeeded().Json[^1];
        var page = await _browser!.NewPageAsync();
        await page.GotoAsync(new Uri(folder["map.html"]).AbsoluteUri);
        string[] names = [.. await page.Locator("#legend span").AllTextContentsAsync()];
        Assert.Equal(25, clusters.GetProperty("clusters").GetInt32());
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i}"), names.Select(n => n.Split(' ')[0]));
        Assert.Equal(25, await page.Locator("#legend section").CountAsync());
    }

    [Fact]
    public async Task The_course_of_a_topic_says_from_when_to_when()
    {
        using var folder = new Folder();
        string[] things = ["ferry", "bakery"];
        folder.Write("t.csv", "text,day\n" + string.Concat(things.SelectMany((t, i) => Enumerable.Range(0, 6).Select(n => $"The {t} number {n} is old,20{i + 1}{n}-05-01\n"))));
        (await KindredCommand.RunAsync("cluster", "--in", folder["t.csv"], "--k", "2", "--time", "day", "--out", folder["map.html"])).Succeeded();
        var page = await _browser!.NewPageAsync();
        await page.GotoAsync(new Uri(folder["map.html"]).AbsoluteUri);
        var topic = page.Locator("#legend section").First;
        string[] bars = await topic.Locator(".bars div").EvaluateAllAsync<string[]>("all => all.map(b => b.title.split(':')[0])");
        Assert.Equal("2010-05", bars[0]);
        Assert.Equal([bars[0], bars[^1]], await topic.Locator(".ends bdi").AllTextContentsAsync());
    }

    private static double Distance(JsonElement a, JsonElement b) => Math.Sqrt(Math.Pow(a[0].GetDouble() - b[0].GetDouble(), 2) + Math.Pow(a[1].GetDouble() - b[1].GetDouble(), 2));
}
