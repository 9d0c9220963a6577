using System.IO.Compression;
using System.Text;
using CsCheck;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

/// <summary>Matrices as other programs write them, and every way to spoil one.</summary>
public class VectorFileTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("<f4", "(2, 3)", 1)]
    [InlineData("<f8", "(2, 3)", 2)]
    [InlineData("<f2", "(2, 3)", 3)]
    [InlineData("<f4", "(6,)", 1)]
    public void A_matrix_of_NEP_1_is_read(string type, string shape, byte version)
    {
        float[] values = [1, -2.5f, 0, 4, 0.125f, -6];
        var rows = Read(".npy", Npy(type, shape, version, values), NpyFile.Read);
        Assert.Equal(values, rows.SelectMany(r => r.ToArray()));
        Assert.Equal(shape == "(6,)" ? 1 : 2, rows.Count);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        using var folder = new TempFile(".npy");
        Gen.Float[-1000, 1000].Array[3].Array[1, 20].Sample(
            rows =>
            {
                NpyFile.Write(folder.Path, [.. rows.Select(r => new ReadOnlyMemory<float>(r))], 3);
                Assert.Equal(rows.SelectMany(r => r), NpyFile.Read(folder.Path, TestContext.Current.CancellationToken).SelectMany(r => r.ToArray()));
            },
            iter: 50, threads: 1);
    }

    [Fact]
    public void Rows_of_fvecs_are_read_and_each_must_say_the_same_length()
    {
        byte[] good = Fvecs([1, 2], [3, 4]);
        Assert.Equal([1f, 2, 3, 4], Read(".fvecs", good, FvecsFile.Read).SelectMany(r => r.ToArray()));
        Assert.Empty(Read(".fvecs", [], FvecsFile.Read));
        good[12] = 3;
        Assert.Contains("row 2 has dimension 3", Assert.Throws<VectorFileException>(() => Read(".fvecs", good, FvecsFile.Read)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".npy")]
    [InlineData(".fvecs")]
    public void What_gzip_packed_is_read_and_no_cut_of_it_passes_for_less(string ending)
    {
        Func<string, CancellationToken, IReadOnlyList<ReadOnlyMemory<float>>> read = ending == ".npy" ? NpyFile.Read : FvecsFile.Read;
        byte[] plain = ending == ".npy" ? Npy("<f4", "(2, 3)", 1, (float[])[1, -2.5f, 0, 4, 0.125f, -6]) : Fvecs([1, -2.5f, 0], [4, 0.125f, -6]), packed = Packed(plain);
        Assert.Equal([1, -2.5f, 0, 4, 0.125f, -6], Read(ending, packed, read).SelectMany(r => r.ToArray()));
        Assert.Equal(2, Read(ending, [.. packed, .. new byte[512]], read).Count);
        for (int cut = 3; cut < packed.Length; cut++) Assert.Throws<VectorFileException>(() => Read(ending, packed[..cut], read));
        for (int cut = ending == ".npy" ? 0 : 1; cut < plain.Length; cut++)
            if (ending == ".npy" || cut % 16 != 0) Assert.Throws<VectorFileException>(() => Read(ending, Packed(plain[..cut]), read));
        if (ending == ".npy") Assert.Contains("there is more behind 2 × 3", Assert.Throws<VectorFileException>(() => Read(ending, Packed([.. plain, 0]), read)).Message, StringComparison.Ordinal);

        if (ending == ".npy") Assert.Contains("3000000000 rows are more than", Assert.Throws<VectorFileException>(() => Read(ending, Packed(Npy("<f4", "(3000000000, 3)", 1, (float[])[1])), read)).Message, StringComparison.Ordinal);

        // made to become more than is real
        byte[] bomb = ending == ".npy" ? Npy("<f4", "(1000000, 1000)", 1, (float[])[1]) : Fvecs([.. Enumerable.Repeat(new float[60_000], 400)]);
        Assert.Contains("bytes that are to become", Assert.Throws<VectorFileException>(() => Read(ending, Packed(bomb), read)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_each_kind_are_written_and_read()
    {
        using var file = new TempFile(".vecs");
        Gen.Select(Gen.Float[-1000, 1000].Array[3].Array[0, 20], Gen.Int.Array[5].Array[0, 20], Gen.Byte.Array[7].Array[0, 20]).Sample(
            (floats, ints, bytes) =>
            {
                FvecsFile.Write(file.Path, [.. floats.Select(r => new ReadOnlyMemory<float>(r))]);
                Assert.Equal(floats.SelectMany(r => r), FvecsFile.Read(file.Path, Cancel).SelectMany(r => r.ToArray()));
                Assert.Equal((floats.Length, floats.Length == 0 ? 0 : 3), FvecsFile.Measure(file.Path));
                IvecsFile.Write(file.Path, [.. ints.Select(r => new ReadOnlyMemory<int>(r))]);
                Assert.Equal(ints.SelectMany(r => r), IvecsFile.Read(file.Path, Cancel).SelectMany(r => r.ToArray()));
                BvecsFile.Write(file.Path, [.. bytes.Select(r => new ReadOnlyMemory<byte>(r))]);
                Assert.Equal(bytes.SelectMany(r => r), BvecsFile.Read(file.Path, Cancel).SelectMany(r => r.ToArray()));
                if (bytes.Length > 1) Assert.Equal(bytes[1..].SelectMany(r => r), BvecsFile.Read(file.Path, 1, bytes.Length - 1, Cancel).SelectMany(r => r.ToArray()));
            },
            iter: 30, threads: 1);
    }

    [Fact]
    public void Bytes_of_ivecs_and_bvecs_stand_as_TEXMEX_lays_them_out()
    {
        Assert.Equal([7, -1, 9, 256], Read(".ivecs", [2, 0, 0, 0, 7, 0, 0, 0, 255, 255, 255, 255, 2, 0, 0, 0, 9, 0, 0, 0, 0, 1, 0, 0], IvecsFile.Read).SelectMany(r => r.ToArray()));
        Assert.Equal([1, 2, 255, 4, 5, 6], Read(".bvecs", [3, 0, 0, 0, 1, 2, 255, 3, 0, 0, 0, 4, 5, 6], BvecsFile.Read).SelectMany(r => r.ToArray()));
    }

    [Fact]
    public void A_row_beyond_two_to_the_31st_component_is_read_from_where_it_stands()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("a file with a hole takes its whole size here");
        using var file = new TempFile(".bvecs");
        const int Dimensions = 1024;
        const long Row = 4 + Dimensions, Rows = 2_200_000;   // 2^31 components are 2,097,152 rows
        using (var stream = File.Create(file.Path))
        {
            stream.Write([0, 4, 0, 0]);
            stream.Position = (Rows - 1) * Row;
            stream.Write([0, 4, 0, 0, 17, 18]);
            stream.SetLength(Rows * Row);
        }

        Assert.Equal((Rows, Dimensions), BvecsFile.Measure(file.Path));
        Assert.Equal([17, 18, 0], BvecsFile.Read(file.Path, Rows - 1, 1, Cancel)[0].Span[..3].ToArray());

        // a row in the hole says dimension 0, and the error names its byte
        var error = Assert.Throws<VectorFileException>(() => BvecsFile.Read(file.Path, Rows - 2, 2, Cancel));
        Assert.Equal((Rows - 2) * Row, error.Offset);
        Assert.Throws<ArgumentOutOfRangeException>(() => BvecsFile.Read(file.Path, Rows, 1, Cancel));
        Assert.Throws<ArgumentOutOfRangeException>(() => BvecsFile.Read(file.Path, -1, 1, Cancel));
    }

    [Theory]
    [InlineData("numpy.npz", "base", 20)]
    [InlineData("numpy.npz", "half", 4)]
    [InlineData("numpy-deflated.npz", null, 20)]
    public void Archives_of_NumPy_are_read(string name, string? array, int rows) =>
        Assert.Equal(GoldenFile.Rows(rows, 6), NpzFile.Read(GoldenFile.At(name), array, Cancel).Select(r => r.ToArray()));

    [Fact]
    public void Small_integers_of_NumPy_are_read() =>
        Assert.Equal([-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5], NpyFile.Read(GoldenFile.At("numpy-int8.npy"), Cancel).SelectMany(r => r.ToArray()));

    [Fact]
    public void An_archive_names_its_arrays_and_wants_one_of_them_named()
    {
        string path = GoldenFile.At("numpy.npz");
        Assert.Equal(["base", "half"], NpzFile.Names(path));
        Assert.Contains("base, half", Assert.Throws<VectorFileException>(() => NpzFile.Read(path, cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.Throws<VectorFileException>(() => NpzFile.Read(path, "other", Cancel));
    }

    [Fact]
    public void A_bit_that_fell_over_in_an_archive_is_noticed()
    {
        byte[] bytes = File.ReadAllBytes(GoldenFile.At("numpy.npz"));
        bytes[300] ^= 1;   // the lowest bit of a component of base: as finite as before
        Assert.Contains("checksum", Assert.Throws<VectorFileException>(() => Read(".npz", bytes, (path, cancel) => NpzFile.Read(path, "base", cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_written_archive_is_read_and_equal_arrays_make_equal_files()
    {
        using var file = new TempFile(".npz");
        var arrays = new Dictionary<string, IReadOnlyList<ReadOnlyMemory<float>>>
        {
            ["a"] = [new float[] { 1, 2 }, new float[] { 3, -4 }],
            ["b"] = [new float[] { 0.5f }],
        };
        NpzFile.Write(file.Path, arrays);
        byte[] once = File.ReadAllBytes(file.Path);
        NpzFile.Write(file.Path, arrays);
        Assert.Equal(once, File.ReadAllBytes(file.Path));
        Assert.Equal([1f, 2, 3, -4], NpzFile.Read(file.Path, "a", Cancel).SelectMany(r => r.ToArray()));
        Assert.Equal([0.5f], NpzFile.Read(file.Path, "b", Cancel).SelectMany(r => r.ToArray()));
    }

    [Fact]
    public void An_archive_that_would_swell_is_refused_before_it_does()
    {
        using var file = new TempFile(".npz");
        using (var archive = new ZipArchive(File.Create(file.Path), ZipArchiveMode.Create))
        using (var stream = archive.CreateEntry("x.npy", CompressionLevel.Fastest).Open())
        {
            byte[] zeros = new byte[1 << 20];
            byte[] head = Npy("<f4", "(70000, 256)", 1, Array.Empty<double>());
            stream.Write(head);
            for (long left = 70_000L * 256 * 4; left > 0; left -= zeros.Length) stream.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("are to become", Assert.Throws<VectorFileException>(() => NpzFile.Read(file.Path, cancel: Cancel)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Rows_that_could_not_be_read_back_are_not_written_and_the_old_file_stays()
    {
        using var file = new TempFile(".fvecs");
        FvecsFile.Write(file.Path, [new float[] { 1, 2 }]);
        Assert.Throws<ArgumentException>(() => FvecsFile.Write(file.Path, [new float[] { 1, 2 }, new float[] { 1 }]));
        Assert.Throws<ArgumentException>(() => FvecsFile.Write(file.Path, [new float[] { 1, float.NaN }]));
        Assert.Throws<ArgumentException>(() => FvecsFile.Write(file.Path, [Array.Empty<float>()]));
        Assert.Throws<ArgumentException>(() => NpyFile.Write(file.Path, [new float[] { float.NegativeInfinity }], 1));
        Assert.Equal([1f, 2], FvecsFile.Read(file.Path, Cancel).SelectMany(r => r.ToArray()));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file.Path)!, Path.GetFileName(file.Path) + ".*.tmp"));
    }

    [Fact]
    public void A_NaN_names_row_and_dimension()
    {
        Assert.Contains("row 2, dimension 1", Assert.Throws<VectorFileException>(() => Read(".npy", Npy("<f4", "(2, 2)", 1, [1, 2, float.NaN, 4]), NpyFile.Read)).Message, StringComparison.Ordinal);
        Assert.Contains("row 1, dimension 2", Assert.Throws<VectorFileException>(() => Read(".fvecs", Fvecs([1, float.PositiveInfinity]), FvecsFile.Read)).Message, StringComparison.Ordinal);

        // finite as a double, infinite as a float
        Assert.Throws<VectorFileException>(() => Read(".npy", Npy("<f8", "(1, 1)", 1, [1e39]), NpyFile.Read));
    }

    [Theory]
    [InlineData("(1000000000000, 1000000)")]
    [InlineData("(2, 4)")]
    [InlineData("(2, 3, 1)")]
    [InlineData("(-2, -3)")]
    [InlineData("(0, 3)")]
    [InlineData("(2, 99999999999999999999)")]
    public void A_shape_other_than_the_data_is_an_error(string shape) =>
        Assert.Throws<VectorFileException>(() => Read(".npy", Npy("<f4", shape, 1, [1, 2, 3, 4, 5, 6]), NpyFile.Read));

    [Fact]
    public void Any_cut_and_any_changed_byte_is_a_value_or_the_one_error()
    {
        byte[][] files = [Npy("<f4", "(2, 3)", 1, [1, 2, 3, 4, 5, 6]), Fvecs([1, 2], [3, 4]), File.ReadAllBytes(GoldenFile.At("numpy.npz")), File.ReadAllBytes(GoldenFile.At("numpy-deflated.npz"))];
        Func<string, CancellationToken, IReadOnlyList<ReadOnlyMemory<float>>> archive = (path, cancel) => NpzFile.Read(path, "base", cancel);
        foreach (var (file, read) in files.Zip([NpyFile.Read, FvecsFile.Read, archive, archive]))
        {
            for (int cut = 0; cut < file.Length; cut += 1 + (file.Length / 200)) Try(file[..cut], read);
            Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte).Sample(
                (at, value) =>
                {
                    byte[] changed = [.. file];
                    changed[at] = value;
                    Try(changed, read);
                },
                iter: 250, threads: 1);
        }

        static void Try(byte[] bytes, Func<string, CancellationToken, IReadOnlyList<ReadOnlyMemory<float>>> read)
        {
            try
            {
                Read(".bin", bytes, read);
            }
            catch (VectorFileException)
            {
            }
        }
    }

    private static IReadOnlyList<ReadOnlyMemory<T>> Read<T>(string ending, byte[] bytes, Func<string, CancellationToken, IReadOnlyList<ReadOnlyMemory<T>>> read)
    {
        using var file = new TempFile(ending);
        File.WriteAllBytes(file.Path, bytes);
        return read(file.Path, TestContext.Current.CancellationToken);
    }

    private static byte[] Npy(string type, string shape, byte version, double[] values)
    {
        byte[] header = Encoding.ASCII.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
        return
        [
            0x93, .. "NUMPY"u8, version, 0,
            .. version == 1 ? BitConverter.GetBytes((ushort)header.Length) : BitConverter.GetBytes((uint)header.Length),
            .. header,
            .. values.SelectMany(v => type switch { "<f2" => BitConverter.GetBytes((Half)v), "<f4" => BitConverter.GetBytes((float)v), _ => BitConverter.GetBytes(v) }),
        ];
    }

    private static byte[] Npy(string type, string shape, byte version, float[] values) => Npy(type, shape, version, [.. values.Select(v => (double)v)]);

    private static byte[] Packed(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(plain);
        return packed.ToArray();
    }

    private static byte[] Fvecs(params float[][] rows) => [.. rows.SelectMany(r => BitConverter.GetBytes(r.Length).Concat(r.SelectMany(BitConverter.GetBytes)))];

    private sealed class TempFile(string ending) : IDisposable
    {
        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}{ending}");

        public void Dispose() => File.Delete(Path);
    }
}
