using System.Text;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

public class NpyFileTests
{
    [Fact]
    public void The_file_has_the_bytes_of_NEP_1()
    {
        string path = Path.Combine(Path.GetTempPath(), $"kindred-{Guid.NewGuid():N}.npy");
        try
        {
            NpyFile.Write(path, [new float[] { 1, -2 }, new float[] { 0.5f, 3 }], 2);
            byte[] bytes = File.ReadAllBytes(path);
            Assert.Equal("\u0093NUMPY\u0001\u0000", Encoding.Latin1.GetString(bytes, 0, 8));
            int header = BitConverter.ToUInt16(bytes, 8);
            Assert.Equal(0, (10 + header) % 64);
            string text = Encoding.ASCII.GetString(bytes, 10, header);
            Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", text.TrimEnd());
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            Assert.Equal([1f, -2f, 0.5f, 3f], Enumerable.Range(0, 4).Select(i => BitConverter.ToSingle(bytes, 10 + header + (4 * i))));
            Assert.Equal(10 + header + 16, bytes.Length);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
