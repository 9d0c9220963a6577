using System.CommandLine;
using Kindred.Store.Answers;
using Microsoft.Extensions.AI;

namespace Kindred.Cli.Verbs;

/// <summary>The options that name a chat model and say what it is for.</summary>
internal static class Chat
{
    public static Option<Uri?> Address { get; } = new("--chat")
    {
        Description = "An OpenAI-compatible endpoint, such as http://localhost:11434/v1; `ask` sends it the passages found. The key, if it wants one, is read from KINDRED_CHAT_KEY.",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri;
            result.AddError($"--chat {result.Tokens[0].Value}: an http or https address is wanted");
            return null;
        },
    };

    public static Option<string?> Model { get; } = new("--chat-model") { Description = "The chat model's name; when left out, the one the endpoint lists." };

    public static Option<bool> Rewrite { get; } = new("--rewrite") { Description = "Let the chat model word the question in other ways, and search for all of them." };

    public static void Check(Command verb) => verb.Validators.Add(result =>
    {
        if (result.GetResult(Rewrite) is { Implicit: false } && result.GetResult(Address) is not { Implicit: false }) result.AddError("--rewrite wants a chat model: --chat URL");
    });

    public static async Task<IChatClient?> ConnectAsync(ParseResult args, CancellationToken cancel) =>
        args.GetValue(Address) is { } uri ? await ChatEndpoint.ConnectAsync(uri, args.GetValue(Model), cancel) : null;

    /// <summary>The question, the wordings the user gave besides, and those of the chat model.</summary>
    public static async Task<IReadOnlyList<string>> WordingsAsync(IChatClient? chat, ParseResult args, string question, CancellationToken cancel)
    {
        List<string> all = [question, .. args.GetValue(SearchSettings.Also) ?? []];
        if (chat is not null && args.GetValue(Rewrite))
        {
            var others = await QueryRewriter.RewriteAsync(chat, question, cancel);
            if (others.Count == 0) await Console.Error.WriteLineAsync("kindred: --rewrite: the chat model gave no other wording; only the question itself is searched for");
            all.AddRange(others);
        }

        return [.. all.Distinct(StringComparer.Ordinal)];
    }
}
