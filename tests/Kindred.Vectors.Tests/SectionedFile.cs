using System.Buffers.Binary;
using System.IO.Hashing;
using Kindred.Vectors.Files;

namespace Kindred.Vectors.Tests;

/// <summary>An independent reading of docs/format.md: where sections stand in a file, and checksums that are right whatever stands in it.</summary>
/// <param name="headerBytes">Bytes before the first section; the checksum of the header is its last 8.</param>
/// <param name="tableAt">Where the table of sections starts.</param>
/// <param name="names">Of the sections.</param>
internal sealed class SectionedFile(int headerBytes, int tableAt, string[] names)
{
    public (int Offset, int Length)[] Sections(byte[] file) => [.. Enumerable.Range(0, names.Length).Select(i =>
    {
        var entry = file.AsSpan(tableAt + (i * 32));
        return ((int)BinaryPrimitives.ReadInt64LittleEndian(entry), (int)BinaryPrimitives.ReadInt64LittleEndian(entry[8..]));
    })];

    /// <summary>Puts right checksums on the header and, if wanted, on the sections.</summary>
    public byte[] Sealed(byte[] file, bool sections = true)
    {
        var all = sections ? Sections(file) : [];
        for (int i = 0; i < all.Length; i++)
        {
            var pieces = new MemoryStream();
            for (int from = 0; from < all[i].Length; from += 262_144)
                pieces.Write(BitConverter.GetBytes(XxHash3.HashToUInt64(file.AsSpan(all[i].Offset + from, Math.Min(262_144, all[i].Length - from)))));
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(tableAt + (i * 32) + 16), XxHash3.HashToUInt64(pieces.ToArray()));
        }

        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(headerBytes - 8), XxHash3.HashToUInt64(file.AsSpan(0, headerBytes - 8)));
        return file;
    }

    /// <summary>Cuts a good file at every kind of place and flips bits everywhere: opening must fail each time, and name the part that was hit.</summary>
    public void Spoil(byte[] good, Action<byte[], string> fails)
    {
        var sections = Sections(good);
        List<int> cuts = [.. Enumerable.Range(0, headerBytes).Where(i => i % 37 == 0)];
        foreach (var (offset, length) in sections) cuts.AddRange([offset - 1, offset, offset + 1, offset + (length / 2), offset + length - 1]);
        foreach (int cut in cuts) fails(good[..Math.Min(cut, good.Length - 1)], "");
        fails([.. good, 0], "");

        List<int> flips = [.. Enumerable.Range(0, headerBytes)];
        for (int i = 0; i < sections.Length; i++)
        {
            var (offset, length) = sections[i];
            for (int at = offset + length; at < (i + 1 < sections.Length ? sections[i + 1].Offset : good.Length); at++) flips.Add(at);
            if (length > 0) flips.AddRange([offset, offset + (length / 3), offset + length - 1]);
        }

        var random = new Random(5);
        for (int i = 0; i < 200; i++) flips.Add(random.Next(good.Length));
        foreach (int at in flips)
        {
            byte[] bad = [.. good];
            bad[at] ^= (byte)(1 << random.Next(8));
            int section = Array.FindIndex(sections, s => at >= s.Offset && at < s.Offset + s.Length);
            fails(bad, at < headerBytes ? "section header" : section < 0 ? "between sections" : $"section {names[section]}");
        }
    }

    /// <summary>Files with numbers in the header that are absurd, under right checksums.</summary>
    /// <param name="good">A good file.</param>
    /// <param name="wide">Where numbers before the table have 64 bits.</param>
    public IEnumerable<byte[]> Absurd(byte[] good, int[] wide)
    {
        foreach (long absurd in new[] { -1, 0, 1, 7, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 40, headerBytes + 64 })
        {
            for (int at = 8; at < tableAt + (names.Length * SectionTable.EntryBytes); at += 4)
            {
                byte[] bad = [.. good];
                if (at >= tableAt || wide.Contains(at)) BinaryPrimitives.WriteInt64LittleEndian(bad.AsSpan(at), absurd);
                else BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(at), (int)absurd);
                yield return Sealed(bad, sections: false);
            }
        }
    }

    /// <summary>Files with any bytes in a section, under right checksums.</summary>
    public IEnumerable<byte[]> Scribbled(byte[] good, int section, Random random)
    {
        var (offset, length) = Sections(good)[section];
        for (int trial = 0; trial < 60 && length > 0; trial++)
        {
            byte[] bad = [.. good];
            if (trial == 0) random.NextBytes(bad.AsSpan(offset, length));
            else if (trial == 1) bad.AsSpan(offset, length).Fill(255);
            else if (trial == 2) bad.AsSpan(offset, length).Clear();
            else if (trial % 2 == 0 || length < 8) bad[offset + random.Next(length)] = (byte)random.Next(256);
            else BinaryPrimitives.WriteInt32LittleEndian(bad.AsSpan(offset + (4 * random.Next(length / 4))), random.Next(4) switch { 0 => -2, 1 => int.MaxValue, 2 => random.Next(200), _ => random.Next() });
            yield return Sealed(bad);
        }
    }
}
