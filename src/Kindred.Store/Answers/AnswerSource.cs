namespace Kindred.Store.Answers;

/// <summary>A passage that an answer cites.</summary>
/// <param name="Number">The number that stands for it in the answer's text.</param>
/// <param name="Passage">The passage, with its source, page, heading, line and text.</param>
public sealed record AnswerSource(int Number, SearchHit Passage);
