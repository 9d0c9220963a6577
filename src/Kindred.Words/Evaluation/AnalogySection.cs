namespace Kindred.Words.Evaluation;

/// <summary>Questions of one kind: A is to B as C is to D.</summary>
/// <param name="Name">As the file has it after ": "; empty for questions before the first name.</param>
/// <param name="Questions">A question a row, each of the four words A, B, C and D, where D is sought.</param>
public sealed record AnalogySection(string Name, IReadOnlyList<(string A, string B, string C, string D)> Questions)
{
    /// <summary>Whether the section is about grammar: its name begins with "gram", as in word2vec's own set.</summary>
    public bool IsSyntactic => Name.StartsWith("gram", StringComparison.Ordinal);
}
