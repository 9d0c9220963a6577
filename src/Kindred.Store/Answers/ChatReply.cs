using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace Kindred.Store.Answers;

/// <summary>Reads what a chat model said.</summary>
internal static partial class ChatReply
{
    /// <summary>What says longer that something is not there says something else besides.</summary>
    private const int LongestDenial = 300;

    /// <summary>
    /// Thoughts stand before the answer, to their mark or to the text's end where the answer was cut within. Some models are given the first
    /// mark by their prompt and write the last one alone.
    /// </summary>
    [GeneratedRegex(@"\A\s*<(?<tag>think|thinking|reasoning)>.*?(</\k<tag>>|\z)|\A.*?</(think|thinking)>", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Thoughts();

    [GeneratedRegex(@"\b(passages?|documents?|sources?|context|texts?)\b[^.]*\b(do|does|did)\s?(not|n['’]t)\b|(\bnot|n['’]t|\bno (information|mention|answer))\b[^.]*\b(in|by|from) (your|the|these|any)[^.]*\b(passages?|documents?|sources?|context|texts?)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Denial();

    /// <summary>The answer without what the model thought before it.</summary>
    public static string TextOf(ChatResponse response) => Thoughts().Replace(response.Text, "").Trim();

    /// <summary>Whether an answer without citations says in English, as models do that miss the sign asked for, that it found none.</summary>
    public static bool SaysNotThere(string text) => text.Length <= LongestDenial && Denial().IsMatch(text);
}
