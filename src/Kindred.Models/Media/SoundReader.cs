using System.Buffers.Binary;
using NWaves.Operations;
using NWaves.Signals;

namespace Kindred.Models.Media;

/// <summary>Reads WAV files: the mean of the channels, at 16,000 samples a second, the loudest sample at 1.</summary>
internal static class SoundReader
{
    public const int Rate = 16_000;

    private const int Pcm = 1, Float = 3, Extensible = 0xFFFE;

    /// <summary>A program that writes into a pipe cannot know the length of the samples: it writes the largest number, or as sox does the largest that is a multiple of 4096.</summary>
    private const long StreamedLength = 0x7FFFF000;

    /// <exception cref="MediaFormatException">It is no WAV file, of a kind that is not read, cut off, or empty.</exception>
    public static float[] Read(ReadOnlySpan<byte> bytes)
    {
        var (mono, rate) = Decode(bytes);
        return rate == Rate ? mono : Scaled(new Resampler().Resample(new DiscreteSignal(rate, mono), Rate).Samples);
    }

    /// <summary>The mean of the channels at the rate the file has, the loudest sample at 1.</summary>
    /// <exception cref="MediaFormatException">It is no WAV file, of a kind that is not read, cut off, or empty.</exception>
    public static (float[] Mono, int Rate) Decode(ReadOnlySpan<byte> bytes)
    {
        var (format, place) = Chunks(bytes);
        return (Scaled(Mix(format, bytes[place], place.Start.Value)), format.Rate);
    }

    private static float[] Scaled(float[] samples)
    {
        float loudest = 0;
        foreach (float sample in samples) loudest = Math.Max(loudest, Math.Abs(sample));
        for (int i = 0; loudest > 0 && i < samples.Length; i++) samples[i] /= loudest;
        return samples;
    }

    /// <summary>How samples are written, and where.</summary>
    private static (Format Format, Range Samples) Chunks(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 12 || !(bytes.StartsWith("RIFF"u8) || bytes.StartsWith("RF64"u8)) || !bytes[8..].StartsWith("WAVE"u8)) throw new MediaFormatException("not a WAV file: it does not begin with RIFF and WAVE");
        Format? format = null;
        long? real = null;   // of the samples, where 32 bits do not hold it (EBU Tech 3306)
        for (int at = 12; at <= bytes.Length - 8;)
        {
            var name = bytes.Slice(at, 4);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            int start = at + 8;
            bool whole = length <= bytes.Length - start;
            if (name.SequenceEqual("fmt "u8))
            {
                if (!whole) throw new MediaFormatException($"byte {at}: the format chunk is cut off");
                format = ReadFormat(bytes.Slice(start, (int)length), start);
            }
            else if (name.SequenceEqual("ds64"u8) && whole && length >= 16)
            {
                real = BinaryPrimitives.ReadInt64LittleEndian(bytes[(start + 8)..]);
            }
            else if (name.SequenceEqual("data"u8))
            {
                if (format is not { } known) throw new MediaFormatException($"byte {at}: samples come before their format");
                if (length == uint.MaxValue && real is { } known64) (length, whole) = (known64, known64 >= 0 && known64 <= bytes.Length - start);
                else if (length is uint.MaxValue or StreamedLength) (length, whole) = (bytes.Length - start, true);
                if (!whole) throw new MediaFormatException($"byte {at}: cut off: {length} bytes of samples are announced, {bytes.Length - start} are there");
                if (length < known.Frame) throw new MediaFormatException($"byte {at}: there is no sample in it");
                return (known, start..(start + (int)(length / known.Frame * known.Frame)));
            }

            if (!whole) break;
            at = start + (int)length + (int)(length & 1);
        }

        throw new MediaFormatException(format is null ? "there is no format chunk" : "there is no data chunk");
    }

    private static Format ReadFormat(ReadOnlySpan<byte> chunk, int at)
    {
        if (chunk.Length < 16) throw new MediaFormatException($"byte {at}: the format chunk has {chunk.Length} bytes, 16 are wanted");
        int kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk), channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]), bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        if (kind == Extensible && chunk.Length >= 26) kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        if (!((kind == Pcm && bits is 8 or 16 or 24 or 32) || (kind == Float && bits is 32 or 64))) throw new MediaFormatException($"byte {at}: format {kind} with {bits} bits a sample: integers of 8 to 32 bits or floats are read");
        if (channels is 0 or > 64) throw new MediaFormatException($"byte {at + 2}: {channels} channels");
        int frame = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        if (frame != channels * bits / 8) throw new MediaFormatException($"byte {at + 12}: {frame} bytes for a sample of each channel, where {channels} channels of {bits} bits have {channels * bits / 8}");
        if (rate is < 1000 or > 384_000) throw new MediaFormatException($"byte {at + 4}: {rate} samples a second; 1,000 to 384,000 are read");
        return new Format(kind == Float, channels, (int)rate, bits / 8);
    }

    private static float[] Mix(Format format, ReadOnlySpan<byte> samples, int at)
    {
        float[] mono = new float[samples.Length / format.Frame];
        for (int i = 0; i < mono.Length; i++)
        {
            double sum = 0;
            for (int channel = 0; channel < format.Channels; channel++) sum += Sample(format, samples[(i * format.Frame + channel * format.Bytes)..]);
            mono[i] = (float)(sum / format.Channels);
            if (!float.IsFinite(mono[i])) throw new MediaFormatException($"byte {at + i * format.Frame}: a sample that is not a finite number");
        }

        return mono;
    }

    private static double Sample(Format format, ReadOnlySpan<byte> bytes) => (format.IsFloat, format.Bytes) switch
    {
        (false, 1) => (bytes[0] - 128) / 128.0,
        (false, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768.0,
        (false, 3) => (BinaryPrimitives.ReadUInt16LittleEndian(bytes) | (sbyte)bytes[2] << 16) / 8388608.0,
        (false, _) => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648.0,
        (true, 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };

    /// <summary>How samples are written.</summary>
    private readonly record struct Format(bool IsFloat, int Channels, int Rate, int Bytes)
    {
        /// <summary>Bytes of one sample of every channel.</summary>
        public int Frame => Channels * Bytes;
    }
}
