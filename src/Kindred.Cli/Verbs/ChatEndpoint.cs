using System.ClientModel;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Kindred.Cli.Verbs;

/// <summary>A chat model behind an OpenAI-compatible address.</summary>
internal static class ChatEndpoint
{
    public static async Task<IChatClient> ConnectAsync(Uri address, string? model, CancellationToken cancel)
    {
        string text = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (text.EndsWith("/chat/completions", StringComparison.Ordinal)) text = text[..^"/chat/completions".Length];
        if (new Uri(text).AbsolutePath == "/") text += "/v1";

        // only this variable: another service's key must not travel to an address given on the command line
        string? key = Environment.GetEnvironmentVariable("KINDRED_CHAT_KEY");
        model ??= await OnlyModelAsync(text, key, cancel);
        var options = new OpenAIClientOptions { Endpoint = new Uri(text) };
        return new Named(new OpenAIClient(new ApiKeyCredential(string.IsNullOrEmpty(key) ? "none" : key), options).GetChatClient(model).AsIChatClient(), text);
    }

    /// <summary>The model the endpoint lists; a server that has one and lists none takes any name.</summary>
    private static async Task<string> OnlyModelAsync(string address, string? key, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 4 << 20 };
        if (!string.IsNullOrEmpty(key)) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        string[] names;
        try
        {
            using var list = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(address + "/models"), cancel));
            names = [.. list.RootElement.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString() ?? "")];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or HttpRequestException { StatusCode: not null })
        {
            return "default";
        }

        if (names.Length > 1) throw new ArgumentException($"{address} has several models; name one with --chat-model: {string.Join(", ", names.Take(10))}{(names.Length > 10 ? ", …" : "")}");
        return names.Length == 1 ? names[0] : "default";
    }

    /// <summary>Whatever a foreign server answers ends in one error that names it.</summary>
    private sealed class Named(IChatClient inner, string address) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                string why = e switch
                {
                    ClientResultException or HttpRequestException => e.Message,
                    AggregateException { InnerException: { } first } => first.Message,
                    OperationCanceledException => "no answer in time",
                    _ => $"the answer is no chat completion ({e.Message})",
                };
                throw new IOException($"{address}: {why}", e);
            }
        }
    }
}
