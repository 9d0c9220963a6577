using Kindred.Models;
using Kindred.Store.Answers;

namespace Kindred.Store.Tests.Answers;

/// <summary>Stores too small to learn from, with real encoders: what one of them calls far another calls near.</summary>
public sealed class SmallStoreTests
{
    private static readonly string[] Tips =
    [
        "storage/recover-removed-files", "laptops/thermal-management", "laptops/liquid-spill", "network/vpn-drops", "printers/stuck-queue",
        "email/out-of-office", "security/usb-found", "phones/lost-handset", "spreadsheets/freeze-header-row", "video-calls/echo-in-meeting",
    ];

    private static readonly string[] Told =
    [
        "How do I get back a file that I deleted?", "My laptop gets burning hot, what helps?", "I knocked coffee over my keyboard, what now?", "My VPN connection to the office keeps dropping",
        "I lost my phone, what should I do?", "Everyone hears an echo when I talk in a meeting",
    ];

    private static readonly string[] Other =
    [
        "What is the capital of Peru?", "Who won the football match on Saturday?", "How many eggs go into a sponge cake?", "Which side effects does aspirin have?", "When was the treaty signed?",
        "What is the melting point of gold?", "Where do penguins live?", "What is a fair price for a used car?",
    ];

    [Theory]
    [InlineData("all-minilm-l6-v2", 10)]
    [InlineData("arctic-xs", 10)]
    [InlineData("fast", 10)]
    [InlineData("all-minilm-l6-v2", 1)]
    [InlineData("arctic-xs", 1)]
    public async Task What_it_holds_is_answered_and_nothing_else(string encoder, int tips)
    {
        using var temp = new TempFolder();
        using var model = EmbeddingModel.Load(encoder);
        var cancel = TestContext.Current.CancellationToken;
        await using var store = await KindredStore.OpenAsync(temp.Store, model, cancel);
        await store.AddAsync(Tips.Take(tips).Select(tip => TempFolder.Doc(tip, Text(tip))), "tips", cancellationToken: cancel);
        foreach (string question in tips == 1 ? Told[..1] : Told) Assert.True(await Answerer.IsAnsweredAsync(store, question, null, cancel), question);
        foreach (string question in Other) Assert.False(await Answerer.IsAnsweredAsync(store, question, null, cancel), question);
    }

    private static string Text(string tip)
    {
        string? folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "samples", "helpdesk"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("samples/helpdesk");
        return File.ReadAllText(Path.Combine(folder, "samples", "helpdesk", tip + ".md")).Split("---", 3)[2].Trim();
    }
}
