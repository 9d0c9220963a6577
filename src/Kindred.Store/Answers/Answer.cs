namespace Kindred.Store.Answers;

/// <summary>An answer and where it is from.</summary>
/// <param name="Text">The answer; [n] in it stands for the source of that number.</param>
/// <param name="Sources">The sources cited in the text and no others, in order of their first citation.</param>
/// <param name="Warnings">What is doubtful about the answer, one line each.</param>
public sealed record Answer(string Text, IReadOnlyList<AnswerSource> Sources, IReadOnlyList<string> Warnings)
{
    /// <summary>Whether anything in the store speaks to the question; if not, the text says so and nothing is cited.</summary>
    public bool Supported { get; init; } = true;
}
