using System.IO.Hashing;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

public class PieceHashTests
{
    [Fact]
    public void Every_length_hashes_as_the_library_says()
    {
        byte[] bytes = new byte[270_000];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length < 2500; length++) Assert.Equal(XxHash3.HashToUInt64(bytes.AsSpan(length % 7, length)), PieceHash.Of(bytes.AsSpan(length % 7, length)));
        foreach (int length in new[] { 4096, 4097, 65_535, 262_143, 262_144, 269_990 }) Assert.Equal(XxHash3.HashToUInt64(bytes.AsSpan(3, length)), PieceHash.Of(bytes.AsSpan(3, length)));
    }
}
