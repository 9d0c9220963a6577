using SkiaSharp;

namespace Kindred.Models.Media;

/// <summary>Reads pictures as the network wants them: the middle of the picture, planar, red, green, blue, each 0 to 255.</summary>
internal static class PictureReader
{
    public const int Side = 224;

    /// <summary>The shorter side of the picture whose middle is read, as the network was trained.</summary>
    private const int Scaled = 256;

    /// <summary>Pixels beyond which a picture is decoded at a part of its size where its format can be (JPEG, WebP), and else alone: 64 MB.</summary>
    private const long ManyPixels = 1 << 24;

    /// <summary>Pixels beyond which a picture is refused: 400 MB once decoded.</summary>
    private const long MostPixels = 100_000_000;

    private static readonly Lock OneLarge = new();

    /// <returns>Shape [3, 224, 224].</returns>
    /// <exception cref="MediaFormatException">It is no picture, too large, or cut off.</exception>
    public static float[] Read(ReadOnlySpan<byte> bytes)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data) ?? throw new MediaFormatException("not a picture that can be read: JPEG, PNG, WebP, GIF or BMP is wanted");
        var size = codec.Info.Size;
        if (Pixels(size) > ManyPixels) size = codec.GetScaledDimensions(4f * Scaled / Math.Min(size.Width, size.Height));
        if (Pixels(size) is < 1 or > MostPixels) throw new MediaFormatException($"a picture of {codec.Info.Width} × {codec.Info.Height} pixels: at most {MostPixels} are read: make it smaller");
        if (Pixels(size) <= ManyPixels) return Read(codec, size);
        lock (OneLarge) return Read(codec, size);

        static long Pixels(SKSizeI size) => (long)size.Width * size.Height;
    }

    private static float[] Read(SKCodec codec, SKSizeI size)
    {
        using var whole = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var result = codec.GetPixels(whole.Info, whole.GetPixels());
        if (result != SKCodecResult.Success) throw new MediaFormatException($"the picture is broken or cut off ({result})");
        using var upright = Turn(whole, codec.EncodedOrigin);
        double scale = (double)(upright.Width == Side && upright.Height == Side ? Side : Scaled) / Math.Min(upright.Width, upright.Height);
        var source = SKRect.Create((float)((upright.Width - (Side / scale)) / 2), (float)((upright.Height - (Side / scale)) / 2), (float)(Side / scale), (float)(Side / scale));
        using var middle = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        upright.SetImmutable();   // so that the image shares its pixels
        using (var canvas = new SKCanvas(middle))
        using (var image = SKImage.FromBitmap(upright))
        {
            // what is transparent shows white, as a page would
            canvas.Clear(SKColors.White);
            canvas.DrawImage(image, source, SKRect.Create(Side, Side), new SKSamplingOptions(SKFilterMode.Linear, scale < 1 ? SKMipmapMode.Linear : SKMipmapMode.None));
        }

        return Planes(middle.GetPixelSpan());
    }

    /// <summary>Cameras store pictures as the sensor lay, and a note how to turn them.</summary>
    private static SKBitmap Turn(SKBitmap picture, SKEncodedOrigin origin)
    {
        int degrees = origin switch
        {
            SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom => 90,
            SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft => 180,
            SKEncodedOrigin.LeftBottom or SKEncodedOrigin.LeftTop => 270,
            _ => 0,
        };
        bool mirrored = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightBottom;
        if (degrees == 0 && !mirrored) return picture;   // let go of twice, which does no harm
        bool lying = degrees is 90 or 270;
        var turned = new SKBitmap(picture.Info.WithSize(lying ? picture.Height : picture.Width, lying ? picture.Width : picture.Height));
        using var canvas = new SKCanvas(turned);
        canvas.Translate(turned.Width / 2f, turned.Height / 2f);
        canvas.RotateDegrees(degrees);
        if (mirrored) canvas.Scale(-1, 1);
        canvas.DrawBitmap(picture, -picture.Width / 2f, -picture.Height / 2f);
        return turned;
    }

    private static float[] Planes(ReadOnlySpan<byte> pixels)
    {
        const int Plane = Side * Side;
        float[] planes = new float[3 * Plane];
        for (int p = 0; p < Plane; p++)
        {
            for (int color = 0; color < 3; color++) planes[color * Plane + p] = pixels[p * 4 + color];
        }

        return planes;
    }
}
