using System.ClientModel;
using System.ClientModel.Primitives;
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
        var options = new OpenAIClientOptions { Endpoint = new Uri(text), Transport = new HttpClientPipelineTransport(new HttpClient(new Bounded()) { Timeout = Timeout.InfiniteTimeSpan }) };
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
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"{address}: no answer within {http.Timeout.TotalSeconds:F0} s; is it an OpenAI-compatible endpoint?");
        }
        catch (HttpRequestException e) when (e.StatusCode is null)
        {
            throw new IOException($"{address}: {Why(e)}; is the address right, and is the server running?", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or HttpRequestException { StatusCode: not null })
        {
            return "default";
        }

        if (names.Length > 1) throw new ArgumentException($"{address} has several models; name one with --chat-model: {string.Join(", ", names.Take(10))}{(names.Length > 10 ? ", …" : "")}");
        return names.Length == 1 ? names[0] : "default";
    }

    private static string Why(Exception e) => e.InnerException is { } inner and not System.Net.Sockets.SocketException ? inner.Message : e.Message;

    /// <summary>No answer fills the memory.</summary>
    private sealed class Bounded() : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            try
            {
                await response.Content.LoadIntoBufferAsync(4 << 20, cancellationToken);
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
            {
                response.Dispose();
                throw new InvalidDataException("over 4 MB", e);
            }

            return response;
        }
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
                    HttpRequestException => Why(e),
                    ClientResultException => e.Message.Trim(),
                    AggregateException { InnerException: { } first } => Why(first),
                    OperationCanceledException => "no answer in time",
                    _ => $"the answer is no chat completion ({e.Message})",
                };
                throw new IOException($"{address}: {why}", e);
            }
        }
    }
}
