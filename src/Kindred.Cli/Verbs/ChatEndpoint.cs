using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Kindred.Cli.Verbs;

/// <summary>A chat model behind an OpenAI-compatible address.</summary>
internal static class ChatEndpoint
{
    private const string KeyName = "KINDRED_CHAT_KEY";
    private const int LongestWhy = 300, ShownModels = 10;

    /// <summary>A model on a machine without an accelerator thinks for minutes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task<IChatClient> ConnectAsync(Uri address, string? model, CancellationToken cancel)
    {
        // a name and a password in the address are not sent, and must not be printed
        string text = new UriBuilder(address) { UserName = "", Password = "", Query = "", Fragment = "" }.Uri.AbsoluteUri.TrimEnd('/');
        if (text.EndsWith("/chat/completions", StringComparison.Ordinal)) text = text[..^"/chat/completions".Length];
        if (new Uri(text).AbsolutePath == "/") text += "/v1";

        // only this variable: another service's key must not travel to an address given on the command line
        var secret = new Secret(Environment.GetEnvironmentVariable(KeyName)?.Trim() ?? "");
        if (secret.Key.Any(c => c is < '!' or > '~')) throw new ArgumentException($"{KeyName} holds a space or a sign that no key has: set it anew");
        model ??= await OnlyModelAsync(text, secret, cancel);
        var options = new OpenAIClientOptions
        {
            Endpoint = new Uri(text),
            NetworkTimeout = Patience,
            RetryPolicy = new WhenBusy(),
            Transport = new HttpClientPipelineTransport(new HttpClient(new Bounded()) { Timeout = Timeout.InfiniteTimeSpan }),
        };
        return new Named(new OpenAIClient(new ApiKeyCredential(secret.IsThere ? secret.Key : "none"), options).GetChatClient(model).AsIChatClient(), text, model, secret);
    }

    /// <summary>The model the endpoint lists; a server that has one and lists none takes any name.</summary>
    private static async Task<string> OnlyModelAsync(string address, Secret secret, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = 4 << 20 };
        if (secret.IsThere) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret.Key);
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
            throw new IOException($"{address}: {secret.Hide(Why(e))}; is the address right, and is the server running?", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or HttpRequestException { StatusCode: not null })
        {
            return "default";
        }

        if (names.Length > 1) throw new ArgumentException($"{address} has several models; name one with --chat-model: {secret.Hide(string.Join(", ", names.Take(ShownModels)))}{(names.Length > ShownModels ? ", …" : "")}");
        return names.Length == 1 ? names[0] : "default";
    }

    private static string Why(Exception e) => e.InnerException is { } inner and not System.Net.Sockets.SocketException ? inner.Message : e.Message;

    /// <summary>The key, which no message may hold, whatever a server sends back.</summary>
    private sealed record Secret(string Key)
    {
        /// <summary>A beginning of this length tells too much: servers send back keys that they have cut.</summary>
        private const int Telling = 8;

        public bool IsThere => Key.Length > 0;

        public string Hide(string text)
        {
            for (int length = Key.Length; length > 0 && (length == Key.Length || length >= Telling); length--) text = text.Replace(Key[..length], "***", StringComparison.OrdinalIgnoreCase);
            return text;
        }

        public override string ToString() => "***";
    }

    /// <summary>A busy server asks to be asked again; any other failure would be the same, and a slow answer slower, the second time.</summary>
    private sealed class WhenBusy() : ClientRetryPolicy(maxRetries: 3)
    {
        private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

        protected override bool ShouldRetry(PipelineMessage message, Exception? exception) =>
            exception is null && message.Response is { Status: (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.ServiceUnavailable } && GetNextDelay(message, 1) <= LongestPause
            && base.ShouldRetry(message, exception);

        protected override ValueTask<bool> ShouldRetryAsync(PipelineMessage message, Exception? exception) => new(ShouldRetry(message, exception));
    }

    /// <summary>No answer fills the memory.</summary>
    private sealed class Bounded() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
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

    /// <summary>Whatever a foreign server answers ends in one error that names it and says what to do.</summary>
    private sealed class Named(IChatClient inner, string address, string model, Secret secret) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            try
            {
                return await base.GetResponseAsync(messages, options, limit.Token);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                string why = e switch
                {
                    HttpRequestException => Why(e),
                    ClientResultException { Status: not 0 } refused => $"{Advice(refused.Status)}; it says: {refused.Message}",
                    ClientResultException => Why(e),
                    AggregateException { InnerException: { } first } => Why(first),
                    OperationCanceledException => $"no answer within {Patience.TotalMinutes:F0} minutes; a smaller model or a smaller -k is faster",
                    ArgumentException => "the answer is no chat completion",
                    _ => $"the answer is no chat completion ({e.Message})",
                };
                why = string.Join(' ', secret.Hide(why).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
                throw new IOException($"{address}: {(why.Length <= LongestWhy ? why : why[..LongestWhy] + "…")}", e);
            }
        }

        private string Advice(int status) => status switch
        {
            (int)HttpStatusCode.Unauthorized => secret.IsThere ? $"it does not accept the key in {KeyName}" : $"it wants a key: set {KeyName}",
            (int)HttpStatusCode.Forbidden => secret.IsThere ? $"the key in {KeyName} may not use the model {model}" : $"it refuses whoever has no key: set {KeyName}",
            (int)HttpStatusCode.NotFound => $"it has no model {model}, or no chat at this address, which most often ends in /v1; --chat-model names another model",
            >= 300 and < 400 => "it sends elsewhere: give --chat the address that it means",
            (int)HttpStatusCode.TooManyRequests => "it is too busy, or the key's quota is used up; try again later",
            >= 500 => "the server failed",
            _ => "it refuses the request",
        };
    }
}
