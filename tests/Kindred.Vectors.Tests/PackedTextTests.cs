using System.IO.Compression;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

/// <summary>gzip data as files hold it: in one member or several, with zeros behind it, or cut.</summary>
public class PackedTextTests
{
    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Zeros_behind_the_data_are_passed_over_and_nothing_else_is(CompressionLevel level)
    {
        // stretches of zeros longer than a block, within the data and at its end
        byte[] data = new byte[100_000];
        new Random(3).NextBytes(data.AsSpan(20_000, 30_000));
        byte[] packed = [.. Pack(data, level), .. Pack([1, 2, 3], level)];
        byte[] all = [.. data, 1, 2, 3];
        foreach (int zeros in (int[])[0, 1, 7, 8, 9, 512, 16_384, 40_000]) Assert.Equal(all, Unpack([.. packed, .. new byte[zeros]]));
        Assert.Empty(Unpack([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. new byte[512]]));
        foreach (byte[] more in (byte[][])[[7], [0, 0, 7, 0, 0], [.. new byte[600], 7], [0x1F, 0x8B, 0]]) Assert.Throws<InvalidDataException>(() => Unpack([.. packed, .. more]));
        byte[] small = Pack([1, 2, 0, 3], level);
        for (int cut = 1; cut < small.Length; cut++)
        {
            Assert.Throws<InvalidDataException>(() => Unpack(small[..cut]));

            // the length at the end has zeros of its own: with them the data is whole
            if (small.AsSpan(cut).ContainsAnyExcept((byte)0)) Assert.Throws<InvalidDataException>(() => Unpack([.. small[..cut], .. new byte[512]]));
        }
    }

    private static byte[] Pack(byte[] data, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level, leaveOpen: true)) gzip.Write(data);
        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] packed)
    {
        using var unpacked = new PackedText(new MemoryStream(packed));
        using var all = new MemoryStream();
        unpacked.CopyTo(all);
        return all.ToArray();
    }
}
