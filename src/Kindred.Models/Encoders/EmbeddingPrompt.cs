using Microsoft.Extensions.AI;

namespace Kindred.Models;

/// <summary>
/// Names the prompt that stands before a text. Some models want one before a question and none before the passages that may answer
/// it; which one it is stands in the model folder (config_sentence_transformers.json). A generator that knows no prompts ignores this.
/// </summary>
public static class EmbeddingPrompt
{
    /// <summary>The key in <see cref="EmbeddingGenerationOptions.AdditionalProperties"/> whose value is the prompt's name.</summary>
    public const string Key = "prompt";

    /// <summary>The name of the prompt before a question.</summary>
    internal const string QueryName = "query";

    /// <summary>Options for a text that asks: the model's query prompt, or nothing for a model that has none. A new object each time.</summary>
    public static EmbeddingGenerationOptions Query => Named(QueryName);

    /// <summary>Options that ask for the prompt of that name.</summary>
    public static EmbeddingGenerationOptions Named(string name) => new() { AdditionalProperties = new() { [Key] = name } };
}
