using System.Buffers.Binary;
using CsCheck;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

/// <summary>Every way to spoil a file: each must give a value or the one error, in little memory.</summary>
internal static class HostileFile
{
    /// <summary>What reading a spoilt copy of a file of some kilobytes may allocate at most.</summary>
    private const long MostBytes = 4 << 20;

    public static void Check(byte[] good, Action<string> read)
    {
        string path = Path.Combine(Path.GetTempPath(), $"kindred-hostile-{Guid.NewGuid():N}");
        try
        {
            for (int cut = 0; cut < good.Length; cut += 1 + (good.Length / 150))
            {
                File.WriteAllBytes(path, good[..cut]);
                Assert.Throws<VectorFileException>(() => read(path));
            }

            Try([.. good, 0], mustFail: true);

            // a number that is absurd, at every place where one may stand, and any byte anywhere
            foreach (long absurd in new[] { -1, long.MaxValue, int.MaxValue, 1L << 40 })
                for (int at = 0; at + 8 <= good.Length; at += at < 140 ? 1 : 1 + (good.Length / 50)) Try(With(at, absurd), mustFail: false);
            Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Sample(
                (at, value) =>
                {
                    byte[] changed = [.. good];
                    changed[at] = value;
                    Try(changed, mustFail: false);
                },
                iter: 250, threads: 1);
        }
        finally
        {
            File.Delete(path);
        }

        byte[] With(int at, long number)
        {
            byte[] changed = [.. good];
            BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(at), number);
            return changed;
        }

        void Try(byte[] bytes, bool mustFail)
        {
            File.WriteAllBytes(path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool failed = false;
            try
            {
                read(path);
            }
            catch (VectorFileException error)
            {
                failed = true;
                Assert.InRange(error.Offset, 0, bytes.Length);
                Assert.Contains(path, error.Message, StringComparison.Ordinal);
            }

            if (mustFail) Assert.True(failed);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        }
    }
}
