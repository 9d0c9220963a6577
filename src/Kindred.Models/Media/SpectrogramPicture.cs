namespace Kindred.Models.Media;

/// <summary>A spectrogram as a grey picture: time to the right, high pitch at the top, the loudest white.</summary>
internal static class SpectrogramPicture
{
    private const int Side = PictureReader.Side;

    /// <param name="frames">Shape [n, bands].</param>
    /// <param name="width">Frames that fill the picture's width, at least n; the rest is black.</param>
    /// <param name="loudest">What is white.</param>
    /// <param name="range">How far below it black begins.</param>
    /// <returns>Shape [3, 224, 224], 0 to 255, bilinear.</returns>
    public static float[] Draw(ReadOnlySpan<float[]> frames, int width, float loudest, float range)
    {
        int bands = frames[0].Length;
        float[] picture = new float[3 * Side * Side];
        for (int x = 0; x < Side; x++)
        {
            var (left, right, across) = Between(x, width);
            for (int y = 0; y < Side; y++)
            {
                var (upper, lower, down) = Between(y, bands);
                float top = Mix(Grey(frames, left, bands - 1 - upper), Grey(frames, right, bands - 1 - upper), across);
                float bottom = Mix(Grey(frames, left, bands - 1 - lower), Grey(frames, right, bands - 1 - lower), across);
                picture[(y * Side) + x] = Mix(top, bottom, down);
            }
        }

        picture.AsSpan(0, Side * Side).CopyTo(picture.AsSpan(Side * Side));
        picture.AsSpan(0, Side * Side).CopyTo(picture.AsSpan(2 * Side * Side));
        return picture;

        float Grey(ReadOnlySpan<float[]> all, int frame, int band) => frame < all.Length ? Math.Clamp(1 + ((all[frame][band] - loudest) / range), 0, 1) * 255 : 0;
    }

    private static float Mix(float a, float b, float share) => a + ((b - a) * share);

    /// <summary>The two of so many cells that a pixel lies between, and how far along.</summary>
    private static (int Before, int After, float Share) Between(int pixel, int cells)
    {
        float place = Math.Clamp(((pixel + 0.5f) * cells / Side) - 0.5f, 0, cells - 1);
        int before = (int)place;
        return (before, Math.Min(before + 1, cells - 1), place - before);
    }
}
