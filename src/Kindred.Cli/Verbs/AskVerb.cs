using System.CommandLine;
using System.Globalization;
using Kindred.Store.Answers;

namespace Kindred.Cli.Verbs;

internal static class AskVerb
{
    private static readonly Argument<string> Question = new("QUESTION") { Description = "The question." };
    private static readonly Option<int> K = StoreFile.K(6, 100);

    public static Command Create()
    {
        var verb = new Command("ask", "Answers from the store, each statement with its source; without --chat in the passages' own sentences. Example: kindred ask \"How do I clean the fan?\" --store notes.kindred")
        {
            Question, StoreFile.Paths, K, StoreFile.Filter, SearchSettings.Also, Chat.Address, Chat.Model, Chat.Rewrite, Encoder.Model, Output.Json,
        };
        Chat.Check(verb);
        verb.SetAction((args, cancel) => RunAsync(args, new Output(args), cancel));
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult args, Output output, CancellationToken cancel)
    {
        using var opened = await StoreFile.OpenAsync(args, cancel);
        using var chat = await Chat.ConnectAsync(args, cancel);
        string question = args.GetRequiredValue(Question);
        var wordings = await Chat.WordingsAsync(chat, args, question, cancel);
        var options = new AskOptions { K = args.GetValue(K), Filter = args.GetValue(StoreFile.Filter), Chat = chat, Also = [.. wordings.Skip(1)] };
        var answer = await Answerer.AskAsync(opened.Stores, question, options, cancel);
        if (answer.Text.Length == 0) throw new IOException($"{args.GetValue(Chat.Address)?.Authority}: {answer.Warnings[0]}: ask again, or name another model with --chat-model");
        foreach (string warning in answer.Warnings) await Console.Error.WriteLineAsync(Output.Plain($"kindred: {warning}"));
        Print(answer, output);
        output.Line(json =>
        {
            json.WriteString("answer", answer.Text);
            json.WriteStartArray("sources");
            foreach (var source in answer.Sources)
            {
                json.WriteStartObject();
                json.WriteNumber("number", source.Number);
                json.WriteNumber("score", source.Passage.Score);
                SearchVerb.Write(json, source.Passage);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteBoolean("supported", answer.Supported);
            json.WriteStrings("warnings", answer.Warnings);
        });
        return 0;
    }

    public static void Print(Answer answer, Output output)
    {
        output.Text(answer.Text);
        if (answer.Sources.Count > 0) output.Text("");
        foreach (var source in answer.Sources) output.Text(string.Create(CultureInfo.InvariantCulture, $"  [{source.Number}] {SearchVerb.Place(source.Passage)}"));
    }
}
