using System.Numerics.Tensors;
using System.Text.Json;
using CsCheck;
using Kindred.Models.Media;
using Microsoft.Extensions.AI;
using SkiaSharp;

namespace Kindred.Models.Tests.Media;

/// <summary>Pictures to vectors, against what onnxruntime-node gave, and against what may come in a file.</summary>
public sealed class ImageModelTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_vectors_are_those_of_another_implementation()
    {
        string folder = SharedData.Find("reference/resnet18");
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "reference.json")));
        var cases = json.RootElement.GetProperty("cases").EnumerateArray().ToArray();
        using var model = ImageModel.Default;
        var vectors = await model.GenerateAsync(cases.Select(c => Content(File.ReadAllBytes(Path.Combine(folder, c.GetProperty("file").GetString()!)))), cancellationToken: Cancel);
        Assert.Equal(5, vectors.Count);
        foreach (var (expected, got) in cases.Zip(vectors))
        {
            float[] feature = [.. expected.GetProperty("feature").EnumerateArray().Select(n => n.GetSingle())];
            float norm = TensorPrimitives.Norm<float>(feature);
            Assert.Equal(expected.GetProperty("feature_norm").GetDouble(), norm, 1e-3);
            Assert.Equal(1, TensorPrimitives.Norm<float>(got.Vector.Span), 1e-5);
            for (int i = 0; i < feature.Length; i++) Assert.Equal(feature[i], got.Vector.Span[i] * norm, 1e-3);
        }
    }

    [Fact]
    public async Task Photographs_lie_nearest_to_their_like()
    {
        string folder = SharedData.Find("data/photos");
        string[] labels = ["cat", "dog", "sports_car", "banana"];
        var rows = File.ReadLines(Path.Combine(folder, "labels.tsv")).Skip(1).Select(l => l.Split('\t')).Where(l => labels.Contains(l[1])).GroupBy(l => l[1]).SelectMany(g => g.Take(8)).ToArray();
        using var model = ImageModel.Default;
        var vectors = await model.GenerateAsync(rows.Select(r => Content(File.ReadAllBytes(Path.Combine(folder, r[0])))), cancellationToken: Cancel);
        int right = Enumerable.Range(0, rows.Length).Count(i =>
            rows[Enumerable.Range(0, rows.Length).Where(j => j != i).MaxBy(j => TensorPrimitives.Dot<float>(vectors[i].Vector.Span, vectors[j].Vector.Span))][1] == rows[i][1]);
        Assert.True(right >= rows.Length * 0.9, $"{right} of {rows.Length}");
    }

    /// <summary>The eight ways a camera may lie (Exif 2.32, tag 0x0112): what is turned in the file is upright when read.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_picture_is_turned_as_its_camera_says(int orientation)
    {
        using var upright = new SKBitmap(400, 300);
        using (var canvas = new SKCanvas(upright))
        {
            canvas.Clear(SKColors.White);
            canvas.DrawRect(0, 0, 200, 150, new SKPaint { Color = SKColors.Red });
            canvas.DrawRect(200, 0, 200, 150, new SKPaint { Color = SKColors.Blue });
            canvas.DrawRect(0, 150, 200, 150, new SKPaint { Color = SKColors.Green });
        }

        bool lying = orientation >= 5;
        using var stored = new SKBitmap(lying ? 300 : 400, lying ? 400 : 300);
        for (int y = 0; y < stored.Height; y++)
        {
            for (int x = 0; x < stored.Width; x++)
            {
                // where row y and column x of the file belong
                var (right, down) = orientation switch
                {
                    1 => (x, y),
                    2 => (399 - x, y),
                    3 => (399 - x, 299 - y),
                    4 => (x, 299 - y),
                    5 => (y, x),
                    6 => (399 - y, x),
                    7 => (399 - y, 299 - x),
                    _ => (y, 299 - x),
                };
                stored.SetPixel(x, y, upright.GetPixel(right, down));
            }
        }

        float[] expected = PictureReader.Read(Jpeg(upright, 1)), got = PictureReader.Read(Jpeg(stored, orientation));
        Assert.True(expected.Zip(got, (a, b) => Math.Abs(a - b)).Average() < 2, $"{expected.Zip(got, (a, b) => Math.Abs(a - b)).Average()}");
    }

    [Fact]
    public void What_is_transparent_shows_white_and_grey_pictures_are_read()
    {
        using var clear = new SKBitmap(new SKImageInfo(50, 20, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        clear.Erase(SKColors.Transparent);
        Assert.All(PictureReader.Read(Encode(clear, SKEncodedImageFormat.Png)), v => Assert.Equal(255, v));
        using var grey = new SKBitmap(new SKImageInfo(1, 1, SKColorType.Gray8, SKAlphaType.Opaque));
        grey.Erase(new SKColor(100, 100, 100));
        Assert.All(PictureReader.Read(Encode(grey, SKEncodedImageFormat.Png)), v => Assert.InRange(v, 98, 102));
    }

    [Fact]
    public void What_is_no_picture_or_a_cut_one_is_refused()
    {
        byte[] png = File.ReadAllBytes(SharedData.Find("reference/resnet18/noise.png")), jpeg = File.ReadAllBytes(SharedData.Find("data/photos/apple_01.jpg"));
        Assert.Null(Problem(png));
        Assert.Contains("not a picture", Problem([]), StringComparison.Ordinal);
        Assert.Contains("not a picture", Problem("RIFF"u8.ToArray()), StringComparison.Ordinal);
        foreach (byte[] whole in (byte[][])[png, jpeg])
        {
            Gen.Int[0, whole.Length - 100].Sample(n => Assert.NotNull(Problem(whole[..n])), iter: 60);
            Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 20].Sample(changes =>
            {
                byte[] broken = [.. whole];
                foreach (var (at, value) in changes) broken[at] = value;
                Problem(broken);   // read or refused, nothing else
            }, iter: 100);
        }

        byte[] huge = [.. png];
        huge[16] = 0x7F;   // a width of two thousand million
        Assert.NotNull(Problem(huge));
    }

    /// <summary>A JPEG is decoded at an eighth of its size or more; a PNG of as many pixels is refused.</summary>
    [Fact]
    public void A_picture_too_large_to_decode_whole_is_read_smaller()
    {
        using var large = new SKBitmap(new SKImageInfo(12_000, 9_000, SKColorType.Gray8, SKAlphaType.Opaque));
        large.Erase(new SKColor(100, 100, 100));
        Assert.All(PictureReader.Read(Encode(large, SKEncodedImageFormat.Jpeg)), v => Assert.InRange(v, 98, 102));
        Assert.Contains("12000 × 9000 pixels: at most 100000000 are read: make it smaller", Problem(Encode(large, SKEncodedImageFormat.Png)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_calls_are_refused_and_an_index_is_named()
    {
        using var model = ImageModel.Default;
        byte[] good = File.ReadAllBytes(SharedData.Find("reference/resnet18/noise.png"));
        Assert.StartsWith("input 1: not a picture", (await Assert.ThrowsAsync<MediaFormatException>(() => model.GenerateAsync([Content(good), Content([1, 2])], cancellationToken: Cancel))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => model.GenerateAsync([Content(good)], new EmbeddingGenerationOptions { Dimensions = 64 }, Cancel));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.GenerateAsync([Content(good)], null, new CancellationToken(true)));
        Assert.Empty(await model.GenerateAsync([], cancellationToken: Cancel));
        Assert.Equal(512, Assert.IsType<EmbeddingGeneratorMetadata>(model.GetService(typeof(EmbeddingGeneratorMetadata))).DefaultModelDimensions);
        Assert.Contains("preprocess.onnx", Assert.Throws<ModelFormatException>(() => ImageModel.Load(SharedData.Find("data/photos"))).Message, StringComparison.Ordinal);
    }

    /// <summary>Why the reader refuses it; null if it does not.</summary>
    private static string? Problem(byte[] bytes)
    {
        try
        {
            PictureReader.Read(bytes);
            return null;
        }
        catch (MediaFormatException e)
        {
            return e.Message;
        }
    }

    private static DataContent Content(byte[] bytes) => new(bytes, "application/octet-stream");

    private static byte[] Encode(SKBitmap picture, SKEncodedImageFormat format)
    {
        using var data = picture.Encode(format, 95);
        return data.ToArray();
    }

    /// <summary>A JPEG with the Exif orientation put behind its first marker.</summary>
    private static byte[] Jpeg(SKBitmap picture, int orientation)
    {
        byte[] jpeg = Encode(picture, SKEncodedImageFormat.Jpeg);
        byte[] exif = [.. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }
}
