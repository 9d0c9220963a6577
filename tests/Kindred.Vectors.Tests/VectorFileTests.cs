using System.Text;
using CsCheck;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

/// <summary>Matrices as other programs write them, and every way to spoil one.</summary>
public class VectorFileTests
{
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
        Assert.Contains("row 1 has dimension 3", Assert.Throws<VectorFileException>(() => Read(".fvecs", good, FvecsFile.Read)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_NaN_names_row_and_dimension()
    {
        Assert.Contains("row 1, dimension 0", Assert.Throws<VectorFileException>(() => Read(".npy", Npy("<f4", "(2, 2)", 1, [1, 2, float.NaN, 4]), NpyFile.Read)).Message, StringComparison.Ordinal);
        Assert.Contains("row 0, dimension 1", Assert.Throws<VectorFileException>(() => Read(".fvecs", Fvecs([1, float.PositiveInfinity]), FvecsFile.Read)).Message, StringComparison.Ordinal);

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
        byte[][] files = [Npy("<f4", "(2, 3)", 1, [1, 2, 3, 4, 5, 6]), Fvecs([1, 2], [3, 4])];
        foreach (var (file, read) in files.Zip(new Func<string, CancellationToken, IReadOnlyList<ReadOnlyMemory<float>>>[] { NpyFile.Read, FvecsFile.Read }))
        {
            for (int cut = 0; cut < file.Length; cut++) Try(file[..cut], read);
            Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte).Sample(
                (at, value) =>
                {
                    byte[] changed = [.. file];
                    changed[at] = value;
                    Try(changed, read);
                },
                iter: 2000, threads: 1);
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

    private static IReadOnlyList<ReadOnlyMemory<float>> Read(string ending, byte[] bytes, Func<string, CancellationToken, IReadOnlyList<ReadOnlyMemory<float>>> read)
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

    private static byte[] Fvecs(params float[][] rows) => [.. rows.SelectMany(r => BitConverter.GetBytes(r.Length).Concat(r.SelectMany(BitConverter.GetBytes)))];

    private sealed class TempFile(string ending) : IDisposable
    {
        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}{ending}");

        public void Dispose() => File.Delete(Path);
    }
}
