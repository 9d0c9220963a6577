using System.IO.Compression;
using Kindred.Vectors.Files;
using Kindred.Words.FastText;

namespace Kindred.Words.Files;

/// <summary>Text or word2vec's binary form, packed by gzip.</summary>
internal static class PackedVectors
{
    /// <exception cref="WordVectorFileException">Names the line, or the byte of the unpacked file, that is wrong.</exception>
    internal static (Vocabulary Words, NativeRows Rows) Read(string path, FileStream file)
    {
        try
        {
            byte[] head = new byte[Word2VecBinary.Look];
            using (var unpacked = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true))
                head = head[..unpacked.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (head.AsSpan().StartsWith(KwvHeader.Magic[..4]) || FastTextFile.Is(head))
                throw WordVectorFileException.Whole(path, "a .kwv file or fastText model cannot be read while it is packed: unpack it first");
            file.Position = 0;
            using var text = new PackedText(file);
            return Word2VecBinary.Is(head, whole: head.Length < Word2VecBinary.Look)
                ? Word2VecBinary.Read(new BinaryCursor(path, text, length: null))
                : TextVectors.Read(path, new TextLines(path, text));
        }
        catch (InvalidDataException e)
        {
            throw WordVectorFileException.Whole(path, $"the gzip data is damaged or cut off ({e.Message})");
        }
    }
}
