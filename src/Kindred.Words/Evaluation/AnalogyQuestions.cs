using System.Text;
using Kindred.Vectors.Files;
using Kindred.Words.Files;

namespace Kindred.Words.Evaluation;

/// <summary>Analogy questions in the form of word2vec's questions-words.txt: four words a line, and ": name" before each section.</summary>
public static class AnalogyQuestions
{
    /// <summary>Reads a file, packed by gzip or not.</summary>
    /// <param name="path">UTF-8.</param>
    /// <returns>The sections in order; those without a question are left out.</returns>
    /// <exception cref="WordVectorFileException">A line has not four words; it is named. Or there is no question.</exception>
    /// <exception cref="IOException">The file cannot be read (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static IReadOnlyList<AnalogySection> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            using var unpacked = PackedText.Is(file) ? new PackedText(file) : null;
            return Read(path, new TextLines(path, unpacked ?? (Stream)file));
        }
        catch (InvalidDataException e)
        {
            throw WordVectorFileException.Whole(path, $"the gzip data is damaged or cut off ({e.Message})");
        }
    }

    private static List<AnalogySection> Read(string path, TextLines lines)
    {
        var sections = new List<AnalogySection>();
        var questions = new List<(string, string, string, string)>();
        string name = "";
        long number = 0;
        while (lines.Next(out var line))
        {
            number++;
            string text = Encoding.UTF8.GetString(line);
            if (text.StartsWith(':'))
            {
                Close();
                name = text[1..].Trim();
                continue;
            }
            string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (words.Length != 4) throw WordVectorFileException.AtLine(path, number, $"{words.Length} words where an analogy has four");
            questions.Add((words[0], words[1], words[2], words[3]));
        }
        Close();
        return sections.Count > 0 ? sections : throw WordVectorFileException.Whole(path, "there is no question in it: four words a line are wanted");

        void Close()
        {
            if (questions.Count > 0) sections.Add(new AnalogySection(name, questions));
            questions = [];
        }
    }
}
