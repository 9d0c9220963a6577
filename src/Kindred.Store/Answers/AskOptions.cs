using Microsoft.Extensions.AI;

namespace Kindred.Store.Answers;

/// <summary>How a question is answered.</summary>
public sealed record AskOptions
{
    /// <summary>How many passages are looked at, from 1 to 100; 6 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int K
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(K));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 100, nameof(K));
            field = value;
        }
    } = 6;

    /// <summary>Which passages may be looked at, in the language of docs/filters.md; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Other wordings of the question, searched for as well.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>The chat model that words the answer; null to answer with the passages' own sentences.</summary>
    public IChatClient? Chat { get; init; }
}
