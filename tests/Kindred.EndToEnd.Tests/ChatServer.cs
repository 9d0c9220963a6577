using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Kindred.EndToEnd.Tests;

/// <summary>An OpenAI-compatible chat endpoint on loopback that answers what the test says and keeps what it was sent.</summary>
internal sealed class ChatServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<int, (int Status, string Body)> _answer;

    /// <param name="answer">Status and body of the nth chat request, from 0.</param>
    public ChatServer(Func<int, (int Status, string Body)> answer)
    {
        _answer = answer;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Url = $"http://127.0.0.1:{port}/v1";
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Url { get; }

    /// <summary>Bodies of the chat requests, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Authorization headers of the chat requests, in order.</summary>
    public ConcurrentQueue<string> Keys { get; } = new();

    public static string Says(string? text, string finish = "stop") => JsonSerializer.Serialize(new
    {
        id = "x",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = new[] { new { index = 0, finish_reason = finish, message = new { role = "assistant", content = text } } },
    });

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var (status, body) = (404, "{}");
            if (context.Request.Url!.AbsolutePath == "/v1/chat/completions")
            {
                using var reader = new StreamReader(context.Request.InputStream);
                Requests.Enqueue(await reader.ReadToEndAsync());
                Keys.Enqueue(context.Request.Headers["Authorization"] ?? "");
                (status, body) = _answer(Requests.Count - 1);
            }

            byte[] bytes = Encoding.UTF8.GetBytes(body);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            if (status == 429) context.Response.Headers["Retry-After"] = "1";
            await context.Response.OutputStream.WriteAsync(bytes);
            context.Response.Close();
        }
    }
}
