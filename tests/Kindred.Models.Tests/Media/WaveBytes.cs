using System.Buffers.Binary;

namespace Kindred.Models.Tests.Media;

/// <summary>WAV files made for a test.</summary>
internal static class WaveBytes
{
    /// <param name="frames">Shape [samples, channels], -1 to 1.</param>
    /// <param name="rate">Samples a second.</param>
    /// <param name="format">1 for integers, 3 for floats.</param>
    /// <param name="bits">Of a sample.</param>
    /// <param name="extensible">Whether the format is written in the long form, and another chunk stands before the samples.</param>
    public static byte[] Write(double[][] frames, int rate, int format, int bits, bool extensible)
    {
        int channels = frames.Length > 0 ? frames[0].Length : 1, bytes = bits / 8;
        byte[] samples = new byte[frames.Length * channels * bytes];
        for (int i = 0; i < frames.Length * channels; i++)
        {
            double v = frames[i / channels][i % channels];
            var to = samples.AsSpan(i * bytes);
            switch (format, bits)
            {
                case (1, 8): to[0] = (byte)Math.Clamp(Math.Round(v * 127) + 128, 0, 255); break;
                case (1, 24):
                    int n = (int)Math.Round(v * 8388607);
                    (to[0], to[1], to[2]) = ((byte)n, (byte)(n >> 8), (byte)(n >> 16));
                    break;
                case (1, 32): BinaryPrimitives.WriteInt32LittleEndian(to, (int)Math.Round(v * int.MaxValue)); break;
                case (3, 32): BinaryPrimitives.WriteSingleLittleEndian(to, (float)v); break;
                case (3, 64): BinaryPrimitives.WriteDoubleLittleEndian(to, v); break;
                default: BinaryPrimitives.WriteInt16LittleEndian(to, (short)Math.Round(v * 32767)); break;
            }
        }

        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("RIFF"u8);
        writer.Write(0);   // readers do not trust it
        writer.Write("WAVEfmt "u8);
        writer.Write(extensible ? 40 : 16);
        writer.Write((ushort)(extensible ? 0xFFFE : format));
        writer.Write((ushort)channels);
        writer.Write(rate);
        writer.Write(rate * channels * bytes);
        writer.Write((ushort)(channels * bytes));
        writer.Write((ushort)bits);
        if (extensible)
        {
            writer.Write((ushort)22);
            writer.Write((ushort)bits);
            writer.Write(0);
            writer.Write((ushort)format);
            writer.Write(new byte[14]);
            writer.Write("LIST"u8);
            writer.Write(3);
            writer.Write(new byte[4]);   // odd chunks are padded
        }

        writer.Write("data"u8);
        writer.Write(samples.Length);
        writer.Write(samples);
        return file.ToArray();
    }

    /// <summary>A tone that rises from 200 Hz to 2 kHz.</summary>
    public static byte[] Chirp(int rate, double seconds, double loudness) => Write([.. Enumerable.Range(0, (int)(rate * seconds)).Select(i =>
    {
        double t = i / (double)rate;
        return (double[])[loudness * Math.Sin(2 * Math.PI * (200 * t + 900 * t * t / seconds))];
    })], rate, 1, 16, false);

    /// <summary>White noise, 16,000 samples a second.</summary>
    public static byte[] Noise(double seconds)
    {
        var random = new Random(1);
        return Write([.. Enumerable.Range(0, (int)(16000 * seconds)).Select(_ => (double[])[random.NextDouble() * 2 - 1])], 16000, 1, 16, false);
    }
}
