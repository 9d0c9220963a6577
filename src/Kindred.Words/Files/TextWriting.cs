using System.Globalization;
using System.Text;

namespace Kindred.Words.Files;

/// <summary>Writes word vectors as text: each number with the fewest digits that read back as the same float, with a point in every culture.</summary>
internal static class TextWriting
{
    /// <param name="file">Where to.</param>
    /// <param name="words">The words.</param>
    /// <param name="dimensions">Length of a row.</param>
    /// <param name="header">Whether "count dimensions" stands before the rows (word2vec, fastText) or not (GloVe).</param>
    /// <param name="copy">Gives the rows.</param>
    internal static void Write(Stream file, Vocabulary words, int dimensions, bool header, RowCopier copy)
    {
        if (header) file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{words.Count} {dimensions}\n")));
        float[] row = new float[dimensions];
        Span<byte> number = stackalloc byte[32];
        for (int i = 0; i < words.Count; i++)
        {
            file.Write(words.Bytes(i));
            copy(i, row);
            foreach (float value in row)
            {
                number[0] = (byte)' ';
                value.TryFormat(number[1..], out int written, provider: CultureInfo.InvariantCulture);
                file.Write(number[..(written + 1)]);
            }
            file.WriteByte((byte)'\n');
        }
    }
}
