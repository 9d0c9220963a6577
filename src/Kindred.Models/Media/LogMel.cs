using System.Numerics.Tensors;
using NWaves.Filters.Fda;
using NWaves.Transforms;

namespace Kindred.Models.Media;

/// <summary>
/// The log-mel spectrogram of a sound: 64 bands from 30 Hz to 8 kHz after Slaney (1998, "Auditory Toolbox"), windows of 32 ms (Hann), one every 10 ms; what its frames are like on the whole, and
/// how they repeat.
/// </summary>
internal static class LogMel
{
    public const int Bands = 64;

    /// <summary>Cepstral coefficients (MFCC).</summary>
    private const int Cepstra = 20;

    /// <summary>For each band and each coefficient: mean, deviation, mean step from frame to frame, and the 10th, 50th and 90th percentile.</summary>
    private const int Measures = 6;

    public const int Statistics = Measures * (Bands + Cepstra);

    /// <summary>Neighbouring bands whose rhythm is one.</summary>
    private const int Together = 8;

    /// <summary>Where each range of lags begins, in frames, and the last ends: 20 ms to 1.28 s.</summary>
    private static readonly int[] Lags = [2, 4, 8, 16, 32, 64, 128];

    /// <summary>The values of <see cref="Rhythm"/>.</summary>
    public static readonly int Rhythms = Bands / Together * (Lags.Length - 1);

    /// <summary>Below this power all is silence.</summary>
    private const float Floor = 1e-8f;

    /// <summary>A power that varies less, squared, stands still: what is left is rounding.</summary>
    private const float Silence = 1e-6f;

    private const int Window = 512, Hop = 160, Size = 1024;

    private static readonly float[][] Filters = FilterBanks.MelBankSlaney(Bands, Size, SoundReader.Rate, 30, SoundReader.Rate / 2, true);

    private static readonly float[] Hann = [.. Enumerable.Range(0, Window).Select(i => (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * i / Window))))];

    /// <summary>The natural logarithms of the bands' power.</summary>
    /// <param name="samples">16,000 a second, the loudest at 1.</param>
    /// <returns>A frame every 10 ms, each of 64 bands.</returns>
    public static float[][] Of(float[] samples)
    {
        var fft = new RealFft(Size);
        float[] block = new float[Size], power = new float[(Size / 2) + 1];
        float[][] frames = new float[1 + (samples.Length / Hop)][];
        for (int f = 0; f < frames.Length; f++)
        {
            int start = (f * Hop) - (Window / 2);
            for (int i = 0; i < Window; i++) block[i] = start + i >= 0 && start + i < samples.Length ? samples[start + i] * Hann[i] : 0;
            block.AsSpan(Window).Clear();
            fft.PowerSpectrum(block, power, normalize: false);
            float[] frame = new float[Bands];
            for (int b = 0; b < Bands; b++) frame[b] = MathF.Log((TensorPrimitives.Dot<float>(Filters[b], power) / Window) + Floor);
            frames[f] = frame;
        }

        return frames;
    }

    /// <summary>What the frames are like on the whole, bands first, then cepstral coefficients.</summary>
    /// <param name="frames">Shape [n, 64], at least one.</param>
    /// <returns>504 values.</returns>
    public static float[] Describe(float[][] frames)
    {
        float[] statistics = new float[Statistics];
        Describe(frames, Bands, statistics);
        Describe([.. frames.Select(Cepstrum)], Cepstra, statistics.AsSpan(Measures * Bands));
        return statistics;
    }

    /// <summary>How much the sound repeats itself: the highest autocorrelation of the power of eight bands together, over lags of 20 to 40 ms, … 0.64 to 1.28 s, no longer than half the sound.</summary>
    /// <param name="frames">Shape [n, 64], at least one.</param>
    /// <returns>48 values: the lags of the lowest bands first.</returns>
    public static float[] Rhythm(float[][] frames)
    {
        float[] rhythm = new float[Rhythms];
        float[] power = new float[frames.Length];
        int ranges = Lags.Length - 1;
        for (int group = 0; group < Bands / Together; group++)
        {
            for (int f = 0; f < power.Length; f++) power[f] = TensorPrimitives.Average<float>(frames[f].AsSpan(group * Together, Together));
            TensorPrimitives.Subtract(power, (float)power.Average(p => (double)p), power);   // a sum of floats drifts: two hours of silence would repeat themselves
            float all = TensorPrimitives.SumOfSquares<float>(power) / power.Length;
            if (all < Silence) continue;
            for (int range = 0; range < ranges; range++)
            {
                float best = float.NegativeInfinity;
                for (int lag = Lags[range]; lag < Lags[range + 1] && lag <= power.Length / 2; lag++)
                    best = Math.Max(best, TensorPrimitives.Dot(power.AsSpan(lag), power.AsSpan(0, power.Length - lag)) / (power.Length - lag) / all);
                if (float.IsFinite(best)) rhythm[(group * ranges) + range] = best;
            }
        }

        return rhythm;
    }

    private static void Describe(float[][] frames, int width, Span<float> to)
    {
        float[] values = new float[frames.Length];
        for (int c = 0; c < width; c++)
        {
            double step = 0;
            for (int f = 0; f < frames.Length; f++)
            {
                values[f] = frames[f][c];
                if (f > 0) step += Math.Abs(values[f] - values[f - 1]);
            }

            double mean = values.Average(v => (double)v);
            to[c] = (float)mean;
            to[width + c] = (float)Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
            to[(2 * width) + c] = (float)(step / Math.Max(frames.Length - 1, 1));
            Array.Sort(values);
            to[(3 * width) + c] = Percentile(values, 0.1);
            to[(4 * width) + c] = Percentile(values, 0.5);
            to[(5 * width) + c] = Percentile(values, 0.9);
        }
    }

    private static float Percentile(float[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? (float)(sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]))) : sorted[below];
    }

    /// <summary>The discrete cosine transform of a frame (DCT-II, orthonormal).</summary>
    private static float[] Cepstrum(float[] frame)
    {
        float[] cepstrum = new float[Cepstra];
        for (int k = 0; k < Cepstra; k++) cepstrum[k] = TensorPrimitives.Dot<float>(Cosines[k], frame);
        return cepstrum;
    }

    private static readonly float[][] Cosines = [.. Enumerable.Range(0, Cepstra).Select(k => (float[])[.. Enumerable.Range(0, Bands).Select(b =>
        (float)(Math.Sqrt((k == 0 ? 1.0 : 2.0) / Bands) * Math.Cos(Math.PI * (b + 0.5) * k / Bands)))])];
}
