using CsCheck;
using Kindred.Words.Evaluation;

namespace Kindred.Words.Tests;

public class EvaluationTests
{
    [Theory]
    [InlineData(AnalogyRule.Add, false)]
    [InlineData(AnalogyRule.Multiply, false)]
    [InlineData(AnalogyRule.Add, true)]
    [InlineData(AnalogyRule.Multiply, true)]
    public void Answers_in_bulk_are_those_of_one_question_at_a_time(AnalogyRule rule, bool mapped)
    {
        Gen.Select(Gen.Int[2, 40], Gen.Int[5, 1200], Gen.Int[0, int.MaxValue]).Sample((dimensions, count, seed) =>
        {
            using var folder = new TempFolder();
            var random = new Random(seed);
            // every ninth row is zeros: such a word is known, and never an answer
            using var made = WordVectors.Create("r", [.. Enumerable.Range(0, count).Select(i => $"w{i}")],
                [.. Enumerable.Range(0, count * dimensions).Select(i => i / dimensions % 9 == 4 ? 0 : (float)(random.NextDouble() - 0.4))], dimensions);
            if (mapped) made.Save(folder.File("r.kwv"));
            using var file = mapped ? WordVectors.Open(folder.File("r.kwv")) : null;
            var vectors = file ?? made;
            var questions = Enumerable.Range(0, 40).Select(_ => (A: Any(), B: Any(), C: Any())).ToArray();
            var answers = questions.Select(q => vectors.Analogy([q.B, q.C], [q.A], 2, rule)).ToArray();
            // each question once with its best answer and once with another word
            var right = new AnalogySection("right", [.. questions.Zip(answers).Where(pair => Clear(pair.Second)).Select(pair => (pair.First.A, pair.First.B, pair.First.C, pair.Second[0].Word))]);
            var wrong = new AnalogySection("gram-wrong", [.. questions.Zip(answers).Where(pair => Clear(pair.Second) && pair.Second.Count > 1).Select(pair => (pair.First.A, pair.First.B, pair.First.C, pair.Second[1].Word))]);
            var scores = vectors.Evaluate([right, wrong, new AnalogySection("unknown", [("w0", "w1", "w2", "absent")])], rule, cancel: TestContext.Current.CancellationToken);
            Assert.Equal((right.Questions.Count, right.Questions.Count, 0), (scores[0].Correct, scores[0].Known, scores[0].Missing));
            Assert.Equal((0, wrong.Questions.Count, 0), (scores[1].Correct, scores[1].Known, scores[1].Missing));
            Assert.Equal((0, 0, 1), (scores[2].Correct, scores[2].Known, scores[2].Missing));

            string Any() => $"w{random.Next(count)}";

            // scores that float cannot tell apart may come in either order; a quotient's denominator, 0.001 at least, makes an error of 1e-7 a thousand times larger
            bool Clear(IReadOnlyList<WordNeighbor> hits) =>
                hits.Count == 1 || (hits.Count == 2 && hits[0].Score - hits[1].Score > (rule == AnalogyRule.Multiply ? 1e-3 : 1e-5) * Math.Max(1, hits[0].Score));
        }, iter: 40);
    }

    [Fact]
    public void Only_the_commonest_words_count_where_a_top_is_given()
    {
        using var vectors = WordVectors.Create("t", ["a", "b", "c", "d", "e"], [1, 0, 0, 1, 1, 0.1f, 0.1f, 1, 0.2f, 1.5f], 2);
        var section = new AnalogySection("s", [("a", "b", "c", "d"), ("a", "b", "c", "e")]);
        var all = vectors.Evaluate([section], cancel: TestContext.Current.CancellationToken)[0];
        Assert.Equal((2, 0), (all.Known, all.Missing));
        var four = vectors.Evaluate([section], top: 4, cancel: TestContext.Current.CancellationToken)[0];
        Assert.Equal((1, 1, 1), (four.Correct, four.Known, four.Missing));
        Assert.Equal(1, four.Accuracy);
        Assert.Throws<ArgumentOutOfRangeException>(() => vectors.Evaluate([section], top: 0, cancel: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Questions_are_read_by_section_and_a_bad_line_is_named()
    {
        using var folder = new TempFolder();
        string text = "a b c d\n\n: capitals\r\nAthens Greece  Oslo\tNorway\r\n: empty\n: gram1\ngood better big bigger\n";
        foreach (string path in new[] { folder.Write("q.txt", text), folder.WritePacked("q.gz", text) })
        {
            var sections = AnalogyQuestions.Read(path);
            Assert.Equal(["", "capitals", "gram1"], sections.Select(s => s.Name));
            Assert.Equal([false, false, true], sections.Select(s => s.IsSyntactic));
            Assert.Equal(("Athens", "Greece", "Oslo", "Norway"), Assert.Single(sections[1].Questions));
        }
        Assert.Equal(2, Assert.Throws<WordVectorFileException>(() => AnalogyQuestions.Read(folder.Write("bad", ": x\na b c\n"))).Line);
        Assert.Throws<WordVectorFileException>(() => AnalogyQuestions.Read(folder.Write("none", ": x\n")));
    }

    [Fact]
    public void The_shipped_vectors_answer_as_many_questions_as_documented()
    {
        var scores = WordVectors.Default.Evaluate(AnalogyQuestions.Read(SharedData.File("data/words/questions-words.txt.gz")), cancel: TestContext.Current.CancellationToken);
        Assert.Equal(14, scores.Count);
        Assert.Equal((17_592, 1_952), (scores.Sum(s => s.Known), scores.Sum(s => s.Missing)));
        // docs/performance.md; a few answers may turn on the last bit of a sum
        Assert.Equal(11_378, scores.Sum(s => s.Correct), 5.0);
    }
}
