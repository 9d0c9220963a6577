namespace Kindred.Store;

/// <summary>How a search is done.</summary>
public sealed record SearchOptions
{
    /// <summary>The most hits wanted, at least 1; 10 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int K
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(K));
            field = value;
        }
    } = 10;

    /// <summary>Which passages take part, in the language of docs/filters.md; null for all. It binds words and vectors alike.</summary>
    public string? Filter { get; init; }

    /// <summary>What the search goes by.</summary>
    public SearchMethod Method { get; init; } = SearchMethod.Meaning;

    /// <summary>How a hybrid search fuses.</summary>
    public Fusion Fusion { get; init; } = Fusion.Weighted;

    /// <summary>
    /// λ of maximal marginal relevance (Carbonell and Goldstein 1998), from 0 to 1: the lower, the less alike the hits are. Null, the default, to go
    /// by relevance alone.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside 0 to 1.</exception>
    public double? Mmr
    {
        get;
        init
        {
            if (value is { } lambda && !(lambda >= 0 && lambda <= 1)) throw new ArgumentOutOfRangeException(nameof(Mmr), value, "λ is from 0 to 1.");
            field = value;
        }
    }

    /// <summary>What is given around each hit.</summary>
    public PassageContext Context { get; init; } = PassageContext.None;
}
