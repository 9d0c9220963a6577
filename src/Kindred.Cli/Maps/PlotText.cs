using System.Globalization;
using HarfBuzzSharp;
using SkiaSharp;
using SkiaSharp.HarfBuzz;

namespace Kindred.Cli.Maps;

/// <summary>Writes on a picture: letters that join are joined, what reads from the right is drawn so, and a sign that our typeface lacks is taken from one of the machine's.</summary>
internal static class PlotText
{
    /// <summary>More of a name than this fits nowhere.</summary>
    private const int Longest = 200;

    private static readonly Lazy<SKTypeface> Own = new(() => SKTypeface.FromFile(PlotFont.Use()));
    private static readonly Lazy<SKTypeface[]> Machines = new(() => [.. SKFontManager.Default.FontFamilies.Order(StringComparer.Ordinal).Select(SKFontManager.Default.MatchFamily).Where(face => face is not null)]);
    private static readonly Dictionary<int, SKTypeface> Others = [];

    public static float Width(string text, float size) => Shaped(text, size).Sum(part => part.Width);

    /// <summary>The text, cut so that it is no wider.</summary>
    public static string Fit(string text, float size, float width)
    {
        int[] signs = StringInfo.ParseCombiningCharacters(text);
        int count = Math.Min(signs.Length, Longest);
        string cut = count < signs.Length ? text[..signs[count]] + "…" : text;
        while (count > 1 && Width(cut, size) > width) cut = text[..signs[--count]].TrimEnd() + "…";
        return cut;
    }

    /// <summary>Writes a line.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="text">What.</param>
    /// <param name="x">Of the side or the middle that <paramref name="align"/> says.</param>
    /// <param name="y">Of the line's middle.</param>
    /// <param name="size">Of the letters.</param>
    /// <param name="color">Of the letters.</param>
    /// <param name="align">What lies at x.</param>
    /// <param name="halo">Whether what lies below is kept off the letters.</param>
    public static void Draw(SKCanvas canvas, string text, float x, float y, float size, SKColor color, SKTextAlign align, bool halo = false)
    {
        var parts = Shaped(text, size);
        float at = x - (align switch { SKTextAlign.Left => 0, SKTextAlign.Right => 1, _ => 0.5f } * parts.Sum(p => p.Width));
        using var builder = new SKTextBlobBuilder();
        foreach (var part in parts)
        {
            using var font = Font(part.Face, size);
            var run = builder.AllocatePositionedRun(font, part.Glyphs.Length);
            run.SetGlyphs(part.Glyphs);
            run.SetPositions([.. part.Places.Select(p => new SKPoint(p.X + at, p.Y + y + (0.36f * size)))]);
            at += part.Width;
        }

        using var letters = builder.Build();
        if (letters is null) return;
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        using var around = new SKPaint { Color = SKColors.White.WithAlpha(200), IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 4, StrokeJoin = SKStrokeJoin.Round };
        if (halo) canvas.DrawText(letters, 0, 0, around);
        canvas.DrawText(letters, 0, 0, paint);
    }

    private static List<Part> Shaped(string text, float size)
    {
        var parts = new List<Part>();
        foreach (var (start, length, fromRight) in ReadingOrder.Of(text))
        {
            var faces = Faces(text.Substring(start, length));
            if (fromRight) faces.Reverse();
            foreach (var (part, face) in faces)
            {
                using var buffer = new HarfBuzzSharp.Buffer();
                buffer.AddUtf16(part);
                buffer.Direction = fromRight ? Direction.RightToLeft : Direction.LeftToRight;
                buffer.GuessSegmentProperties();
                using var font = Font(face, size);
                using var shaper = new SKShaper(face);
                var shaped = shaper.Shape(buffer, font);
                parts.Add(new Part(face, [.. shaped.Codepoints.Select(c => (ushort)c)], shaped.Points, shaped.Width));
            }
        }

        return parts;
    }

    /// <summary>The text in stretches of one typeface each.</summary>
    private static List<(string Text, SKTypeface Face)> Faces(string text)
    {
        var faces = new List<(string Text, SKTypeface Face)>();
        foreach (var rune in text.EnumerateRunes())
        {
            var face = FaceOf(rune.Value);
            if (faces.Count > 0 && faces[^1].Face == face) faces[^1] = (faces[^1].Text + rune, face);
            else faces.Add((rune.ToString(), face));
        }

        return faces;
    }

    private static SKTypeface FaceOf(int code)
    {
        if (Own.Value.ContainsGlyph(code)) return Own.Value;
        lock (Others)
        {
            if (!Others.TryGetValue(code, out var face)) Others.Add(code, face = Array.Find(Machines.Value, one => one.ContainsGlyph(code)) ?? Own.Value);
            return face;
        }
    }

    private static SKFont Font(SKTypeface face, float size) => new(face, size) { Edging = SKFontEdging.Antialias, Subpixel = true };

    private sealed record Part(SKTypeface Face, ushort[] Glyphs, SKPoint[] Places, float Width);
}
