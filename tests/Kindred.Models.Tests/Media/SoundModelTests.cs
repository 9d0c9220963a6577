using System.Buffers.Binary;
using System.Numerics.Tensors;
using CsCheck;
using Kindred.Models.Media;
using Microsoft.Extensions.AI;

namespace Kindred.Models.Tests.Media;

/// <summary>Sounds to vectors: the WAV file, the spectrogram, and what the vectors are good for.</summary>
public sealed class SoundModelTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Format, bits, and how exactly a sample is kept.</summary>
    public static TheoryData<int, int, double> Formats => new() { { 1, 8, 1 / 100.0 }, { 1, 16, 1 / 30000.0 }, { 1, 24, 1e-6 }, { 1, 32, 1e-6 }, { 3, 32, 1e-6 }, { 3, 64, 1e-6 } };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Samples_come_back_from_every_format(int format, int bits, double tolerance)
    {
        Gen.Select(Gen.Double[-1, 1].Array[1, 200], Gen.Int[1, 3], Gen.Bool).Sample((samples, channels, extensible) =>
        {
            samples[0] = 1;
            // the channels differ by what the mean takes away again
            double[][] frames = [.. samples.Select(s => (double[])[.. Enumerable.Range(0, channels).Select(c => channels == 1 ? s : (s * 0.5) + (c == 0 ? 0.25 : c == channels - 1 ? -0.25 : 0))])];
            float[] got = SoundReader.Read(WaveBytes.Write(frames, 16000, format, bits, extensible));
            Assert.Equal(samples.Length, got.Length);
            double scale = channels == 1 ? 1 : 2;
            for (int i = 0; i < got.Length; i++) Assert.Equal(samples[i], got[i], tolerance * scale * 2);
        }, iter: 50);
    }

    [Theory]
    [InlineData(8000)]
    [InlineData(22050)]
    [InlineData(44100)]
    [InlineData(48000)]
    public async Task The_sample_rate_does_not_matter(int rate)
    {
        using var model = SoundModel.Default;
        var vectors = await model.GenerateAsync([Content(WaveBytes.Chirp(16000, 2, 1)), Content(WaveBytes.Chirp(rate, 2, 1)), Content(WaveBytes.Chirp(rate, 2, 0.1)), Content(WaveBytes.Noise(2))], cancellationToken: Cancel);
        float[] cosines = [.. vectors.Select(v => TensorPrimitives.Dot<float>(vectors[0].Vector.Span, v.Vector.Span))];
        Assert.True(cosines[1] > 0.9, $"another rate: {cosines[1]}");
        Assert.True(TensorPrimitives.Dot<float>(vectors[1].Vector.Span, vectors[2].Vector.Span) > 0.98, "a tenth as loud");
        Assert.True(cosines[3] < cosines[1] - 0.3, $"noise: {cosines[3]}");
    }

    /// <summary>A frame's bands by the definition: a direct Fourier sum, and Slaney's filters as librosa documents them (linear to 1 kHz, 27 steps to 6.4 times that; area 1).</summary>
    [Fact]
    public void The_bands_are_those_of_the_definition()
    {
        float[] samples = [.. Enumerable.Range(0, 4000).Select(i => (float)(0.6 * Math.Sin(2 * Math.PI * 440 * i / 16000) + 0.3 * Math.Sin(2 * Math.PI * 3111 * i / 16000)))];
        float[][] frames = LogMel.Of(samples);
        Assert.Equal(26, frames.Length);
        const int Frame = 11;
        double[] power = [.. Enumerable.Range(0, 513).Select(k =>
        {
            double re = 0, im = 0;
            for (int i = 0; i < 512; i++)
            {
                double v = samples[Frame * 160 - 256 + i] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * i / 512));
                re += v * Math.Cos(2 * Math.PI * k * i / 1024);
                im += v * Math.Sin(2 * Math.PI * k * i / 1024);
            }

            return re * re + im * im;
        })];
        double low = Mel(30), high = Mel(8000);
        double[] edges = [.. Enumerable.Range(0, 66).Select(i => Hertz(low + (high - low) * i / 65))];
        for (int b = 0; b < 64; b++)
        {
            double sum = 0;
            for (int k = 0; k <= 512; k++)
            {
                double f = k * 15.625, weight = Math.Max(0, Math.Min((f - edges[b]) / (edges[b + 1] - edges[b]), (edges[b + 2] - f) / (edges[b + 2] - edges[b + 1])));
                sum += weight * 2 / (edges[b + 2] - edges[b]) * power[k];
            }

            Assert.Equal(Math.Log(sum / 512 + 1e-8), frames[Frame][b], 2e-2);
        }

        static double Mel(double hz) => hz < 1000 ? hz * 3 / 200 : 15 + Math.Log(hz / 1000) / Math.Log(6.4) * 27;
        static double Hertz(double mel) => mel < 15 ? mel * 200 / 3 : 1000 * Math.Exp((mel - 15) * Math.Log(6.4) / 27);
    }

    [Fact]
    public void Statistics_are_those_of_the_definition()
    {
        float[][] frames = [.. Enumerable.Range(0, 11).Select(f => (float[])[.. Enumerable.Range(0, 64).Select(b => b == 5 ? f * f : 1f)])];
        float[] told = LogMel.Describe(frames);
        Assert.Equal(504, told.Length);
        double mean = 35;   // of 0, 1, 4 … 100
        double deviation = Math.Sqrt(Enumerable.Range(0, 11).Average(f => (f * f - mean) * (f * f - mean)));
        Assert.Equal([mean, deviation, 10, 1, 25, 81], Enumerable.Range(0, 6).Select(m => Math.Round(told[m * 64 + 5], 3)).Select((v, m) => m == 1 ? deviation : v));
        Assert.Equal(deviation, told[64 + 5], 1e-3);
        Assert.Equal([1, 0, 0, 1, 1, 1], Enumerable.Range(0, 6).Select(m => told[m * 64]));

        // the first cepstral coefficient is the bands' sum over 8
        Assert.Equal((63 + mean) / 8, told[6 * 64], 1e-3);
    }

    [Fact]
    public void Rhythm_is_the_highest_autocorrelation_of_each_range_of_lags()
    {
        // the second eight bands tick every 25 frames, the third hum at a period of 5, all others are still
        float[][] frames = [.. Enumerable.Range(0, 200).Select(f => (float[])[.. Enumerable.Range(0, 64).Select(b => (b / 8) switch { 1 => f % 25 == 0 ? 4f : 0f, 2 => (float)(b + Math.Sin(2 * Math.PI * f / 5)), _ => -18.4207f })])];
        float[] told = LogMel.Rhythm(frames);
        Assert.Equal(48, told.Length);
        Assert.All(told[..6], v => Assert.Equal(0, v));
        Assert.All(told[18..], v => Assert.Equal(0, v));
        Assert.Equal(Enumerable.Range(1, 6).Select(r => Due(1, 1 << r, 2 << r)), told[6..12].Select(v => Math.Round(v, 4)));
        Assert.Equal(Enumerable.Range(1, 6).Select(r => Due(2, 1 << r, 2 << r)), told[12..18].Select(v => Math.Round(v, 4)));

        // of lags from 2 to 64 those of 16 to 32 and of 32 to 64 meet the tick at 25 and 50; a sine of period 5 is itself again after 5
        Assert.All(told[9..11], v => Assert.InRange(v, 0.9f, 1.2f));
        Assert.All(told[6..9], v => Assert.InRange(v, -0.1f, 0));
        Assert.Equal(1, told[13], 0.02);
        Assert.InRange(told[12], -0.85f, -0.75f);

        double Due(int group, int first, int end)
        {
            double[] power = [.. frames.Select(f => f.Skip(group * 8).Take(8).Average(v => (double)v))];
            double mean = power.Average(), all = power.Average(p => (p - mean) * (p - mean));
            return Math.Round(Enumerable.Range(first, end - first).Where(lag => lag <= 100).Max(lag => Enumerable.Range(0, 200 - lag).Average(i => (power[i] - mean) * (power[i + lag] - mean)) / all), 4);
        }
    }

    [Fact]
    public void Rhythm_is_looked_for_no_farther_than_half_the_sound()
    {
        float[][] frames = [.. Enumerable.Range(0, 9).Select(f => (float[])[.. Enumerable.Repeat(f % 2 == 0 ? 1f : 0f, 64)])];
        float[] told = LogMel.Rhythm(frames);
        Assert.Equal(0.9, told[0], 0.2);   // a lag of 2
        Assert.Equal(0.9, told[1], 0.2);   // of 4, half of nine
        Assert.All(told[2..6], v => Assert.Equal(0, v));
        Assert.All(LogMel.Rhythm(frames[..1]), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Long_silence_has_no_rhythm()
    {
        float[][] twoHours = [.. Enumerable.Repeat<float[]>([.. Enumerable.Repeat(-18.4207f, 64)], 720_000)];
        Assert.All(LogMel.Rhythm(twoHours), v => Assert.Equal(0, v));
    }

    [Fact]
    public async Task Everyday_sounds_lie_near_their_like_in_other_recordings()
    {
        string folder = SharedData.Find("data/esc10");
        var rows = File.ReadLines(Path.Combine(folder, "labels.tsv")).Skip(1).Select(l => l.Split('\t')).ToArray();
        using var model = SoundModel.Default;
        var vectors = await model.GenerateAsync(rows.Select(r => Content(File.ReadAllBytes(Path.Combine(folder, r[0])))), cancellationToken: Cancel);
        Assert.All(vectors, v => Assert.Equal(1, TensorPrimitives.Norm<float>(v.Vector.Span), 1e-5));
        int right = Enumerable.Range(0, rows.Length).Count(i =>
            rows[Enumerable.Range(0, rows.Length).Where(j => rows[j][2] != rows[i][2]).MaxBy(j => TensorPrimitives.Dot<float>(vectors[i].Vector.Span, vectors[j].Vector.Span))][1] == rows[i][1]);
        Assert.True(right >= 58, $"{right} of 80 by the nearest neighbour of another fold; 63 when this was written");
    }

    [Fact]
    public async Task A_long_sound_is_looked_at_in_parts_and_a_short_or_silent_one_has_a_vector()
    {
        using var model = SoundModel.Default;
        var vectors = await model.GenerateAsync([Content(WaveBytes.Noise(2)), Content(WaveBytes.Noise(21)), Content(WaveBytes.Noise(0.05)), Content(WaveBytes.Write([[0]], 16000, 1, 16, false)), Content(WaveBytes.Write([.. Enumerable.Repeat((double[])[0], 16000)], 16000, 1, 16, false))], cancellationToken: Cancel);
        Assert.All(vectors, v => Assert.True(float.IsFinite(TensorPrimitives.Sum<float>(v.Vector.Span))));
        Assert.True(TensorPrimitives.Dot<float>(vectors[0].Vector.Span, vectors[1].Vector.Span) > 0.9);
    }

    [Theory]
    [InlineData(0xFFFFFFFF)]
    [InlineData(0x7FFFF000)]
    public void A_file_that_came_out_of_a_pipe_is_read_to_its_end(uint length)
    {
        byte[] known = WaveBytes.Chirp(16000, 0.1, 1), piped = [.. known];
        BinaryPrimitives.WriteUInt32LittleEndian(piped.AsSpan(40), length);   // of the samples
        Assert.Equal(SoundReader.Read(known), SoundReader.Read(piped));
    }

    /// <summary>RF64 of EBU Tech 3306: the length of the samples has 64 bits and a chunk of its own.</summary>
    [Fact]
    public void A_file_with_lengths_of_64_bits_is_read()
    {
        byte[] known = WaveBytes.Chirp(16000, 0.1, 1), lengths = new byte[8 + 28], file = [.. "RF64"u8, .. known[4..12], .. lengths, .. known[12..], .. "LIST"u8, 2, 0, 0, 0, 1, 1];
        "ds64"u8.CopyTo(file.AsSpan(12));
        file[16] = 28;
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(28), known.Length - 44);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(36 + 40), uint.MaxValue);
        Assert.Equal(SoundReader.Read(known), SoundReader.Read(file));
        foreach (long wrong in (long[])[-1, known.Length, long.MaxValue])
        {
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(28), wrong);
            Assert.Contains("cut off", Problem(file), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_no_wav_file_or_a_cut_one_is_refused()
    {
        byte[] whole = WaveBytes.Chirp(8000, 0.1, 1);
        Assert.Null(Problem(whole));
        Gen.Int[0, whole.Length - 1].Sample(n => Assert.NotNull(Problem(whole[..n])), iter: 200);
        Gen.Select(Gen.Int[0, 60], Gen.Byte).Array[1, 8].Sample(changes =>
        {
            byte[] broken = [.. whole];
            foreach (var (at, value) in changes) broken[at] = value;
            Problem(broken);   // read or refused, nothing else
        }, iter: 2000);
        Assert.Contains("cut off: 1600 bytes", Problem(whole[..^10]), StringComparison.Ordinal);
        Assert.Contains("does not begin with RIFF", Problem("OggS and more"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("format 85", Problem(WaveBytes.Write([[0]], 8000, 85, 16, false)), StringComparison.Ordinal);   // MP3 in a WAV file
        Assert.Contains("not a finite number", Problem(WaveBytes.Write([[double.NaN]], 8000, 3, 32, false)), StringComparison.Ordinal);
        byte[] padded = WaveBytes.Write([[0.5]], 8000, 1, 24, false);
        padded[32] = 4;   // three bytes of each four
        Assert.Contains("4 bytes for a sample of each channel", Problem(padded), StringComparison.Ordinal);
        Assert.All(SoundReader.Read(WaveBytes.Write([[3.3e38], [-3.3e38], [3.3e38]], 44100, 3, 32, false)), v => Assert.InRange(v, -1, 1));
        Assert.Contains("no sample", Problem(WaveBytes.Write([], 8000, 1, 16, false)), StringComparison.Ordinal);
        Assert.Contains("10 samples a second", Problem(WaveBytes.Write([[0]], 10, 1, 16, false)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_model_folder_is_named()
    {
        string folder = Directory.CreateTempSubdirectory("kindred-sound-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "sound.safetensors"), "no");
            Assert.Contains("sound.safetensors", Assert.Throws<ModelFormatException>(() => SoundModel.Load(folder)).Message, StringComparison.Ordinal);
            File.Delete(Path.Combine(folder, "sound.safetensors"));
            Directory.CreateDirectory(Path.Combine(folder, "onnx"));
            File.Copy(Path.Combine(ModelCatalog.Find("sound")!.Folder, "onnx", "preprocess.onnx"), Path.Combine(folder, "onnx", "preprocess.onnx"));

            // a network that has no such stages
            File.Copy(Path.Combine(folder, "onnx", "preprocess.onnx"), Path.Combine(folder, "onnx", "model.onnx"));
            Assert.Contains("model.onnx", Assert.Throws<ModelFormatException>(() => SoundModel.Load(folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Why the reader refuses it; null if it does not.</summary>
    private static string? Problem(byte[] bytes)
    {
        try
        {
            SoundReader.Read(bytes);
            return null;
        }
        catch (MediaFormatException e)
        {
            return e.Message;
        }
    }

    private static DataContent Content(byte[] bytes) => new(bytes, "audio/wav");
}
