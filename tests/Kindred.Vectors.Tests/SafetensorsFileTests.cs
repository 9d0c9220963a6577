using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using CsCheck;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    // the header's numbers follow from the format's rule: data without holes, offsets from the end of the header
    [Fact]
    public void The_file_has_the_bytes_that_the_format_says()
    {
        SafetensorsFile.Write(_path, new Dictionary<string, string> { ["format"] = "pt" }, [new("a", [1, -2, 3], 3, 1), new("ü\"", [0.5, 2])]);
        byte[] bytes = File.ReadAllBytes(_path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, length);
        string hash = header.Split("\"xxh3\":\"")[1][..16];
        Assert.Equal(
            $$$"""{"__metadata__":{"xxh3":"{{{hash}}}","format":"pt"},"\u00FC\u0022":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"a":{"dtype":"I32","shape":[3,1],"data_offsets":[16,28]}}""",
            header.TrimEnd(' '));
        Assert.Equal(0, length % 8);
        Assert.Equal(8 + length + 28, bytes.Length);
        Assert.Equal([.. BitConverter.GetBytes(0.5), .. BitConverter.GetBytes(2.0), .. new[] { 1, -2, 3 }.SelectMany(BitConverter.GetBytes)], bytes[(8 + length)..]);
        byte[] hashed = [.. Encoding.UTF8.GetBytes(header.Replace(hash, new string('0', 16), StringComparison.Ordinal)), .. bytes[(8 + length)..]];
        Assert.Equal(XxHash3.HashToUInt64(hashed).ToString("x16"), hash);
    }

    [Fact]
    public void What_was_written_is_read() =>
        Gen.Select(Gen.Float.Array, Gen.Double.Array, Gen.Int.Array, Gen.Byte.Array, Gen.String).Sample(
            (singles, doubles, ints, bytes, text) =>
            {
                sbyte[] signed = Array.ConvertAll(bytes, b => (sbyte)b);
                text = text.Normalize().Replace('\ufffd', '?');
                if (text.Any(char.IsSurrogate)) text = "";
                SafetensorsFile.Write(_path, new Dictionary<string, string> { ["t"] = text }, [new("b", bytes), new("s", singles, 1, singles.Length), new("d", doubles), new("i", ints), new("sb", signed)]);
                using var file = SafetensorsFile.Open(_path);
                Assert.Equal(text, file.Metadata["t"]);
                Assert.Equal(singles, file.ReadSingles("s", 1, singles.Length));
                Assert.Equal(doubles, file.ReadDoubles("d", doubles.Length));
                Assert.Equal(Array.ConvertAll(doubles, d => (float)d), file.ReadSingles("d", doubles.Length));
                Assert.Equal(ints, file.ReadInts("i", ints.Length));
                Assert.Equal(bytes, file.ReadBytes("b", bytes.Length));
                Assert.Equal(signed, file.ReadSBytes("sb", bytes.Length));
            },
            iter: 100, threads: 1);

    [Fact]
    public void A_spoilt_file_is_refused_in_little_memory()
    {
        SafetensorsFile.Write(_path, new Dictionary<string, string> { ["model"] = "{}" }, [new("w", Enumerable.Range(0, 60).Select(i => i / 7f).ToArray(), 20, 3), new("i", [5, 0, 2])]);
        HostileFile.Check(File.ReadAllBytes(_path), Read);

        // whatever byte of it changes, the checksum tells, but for the four that say that there is one
        byte[] good = File.ReadAllBytes(_path);
        int key = good.AsSpan().IndexOf("xxh3"u8);
        for (int at = 0; at < good.Length; at++)
        {
            if (at >= key && at < key + 4) continue;
            good[at] ^= 1;
            File.WriteAllBytes(_path, good);
            Assert.Throws<VectorFileException>(() => Read(_path));
            good[at] ^= 1;
        }

        static void Read(string path)
        {
            using var file = SafetensorsFile.Open(path);
            _ = file.ReadSingles("w", 20, 3);
            _ = file.ReadIndices("i", 6, 3);
        }
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "do not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "do not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "do not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775807,-9223372036854775801]}}""", "do not fit")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""", "shape [1, 2], wanted is [2]")]
    [InlineData("""{"w":{"dtype":"I64","shape":[2],"data_offsets":[0,8]}}""", "type I64")]
    [InlineData("""{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "missing")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"__metadata__":{"xxh3":"x"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "sixteen digits")]
    [InlineData("""[1]""", "header")]
    public void A_claim_that_does_not_hold_is_named(string header, string said)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(_path, [.. BitConverter.GetBytes((long)text.Length), .. text, .. new byte[8]]);
        var e = Assert.Throws<VectorFileException>(() =>
        {
            using var file = SafetensorsFile.Open(_path);
            return file.ReadSingles("w", 2);
        });
        Assert.Contains(said, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_without_a_name_or_shape_of_their_own_are_not_written()
    {
        Assert.Throws<ArgumentException>(() => new SafetensorsTensor("a", new float[6], 2, 2));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(_path, new Dictionary<string, string>(), [new("a", new float[1]), new("a", new int[1])]));
        Assert.False(File.Exists(_path));
    }
}
