using System.Globalization;

namespace Kindred.Learning;

/// <summary>Points in time as people and programs write them, read the same on every machine.</summary>
public static class Timestamp
{
    /// <summary>A number below it is a bare count: as seconds since 1970 it would be a day of before March 1973.</summary>
    private const double LeastSeconds = 1e8;

    private static readonly string[] Dotted =
    [
        .. from year in (string[])["yyyy", "yy"]
           from time in (string[])["", " H:mm", " H:mm:ss", ", H:mm", ", H:mm:ss", " h:mm tt", " h:mm:ss tt", ", h:mm tt", ", h:mm:ss tt"]
           select $"d.M.{year}{time}",
    ];

    /// <summary>Reads a date with or without a time, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970, which its size tells apart.</summary>
    /// <param name="text">With dots the day comes first, as in 31.12.2026, with slashes the month, so of a column whose days come first the two are to be exchanged before; a year in front is clear either way. A time alone, such as 12:30, is of the first day of year 1, whatever day it is read on.</param>
    /// <returns>Universal time; null for what is no date, and for numbers too small or too large to be one.</returns>
    public static DateTime? Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            // each unit counts a thousand times as much as the one before it
            for (int i = 0; i < 3 && number >= 1e11; i++) number /= 1000;
            return number is >= LeastSeconds and < 1e11 ? DateTime.UnixEpoch.AddSeconds(number) : null;
        }

        const DateTimeStyles Universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces | DateTimeStyles.NoCurrentDateDefault;
        bool read = IsDotted(text.AsSpan().Trim())
            ? DateTime.TryParseExact(text, Dotted, CultureInfo.InvariantCulture, Universal, out var date)
            : DateTime.TryParse(text, CultureInfo.InvariantCulture, Universal, out date);
        return read ? date : null;
    }

    /// <summary>Whether a text begins as 31.12. does.</summary>
    private static bool IsDotted(ReadOnlySpan<char> text)
    {
        for (int part = 0; part < 2; part++)
        {
            int dot = text.IndexOf('.');
            if (dot is < 1 or > 2 || text[..dot].ContainsAnyExceptInRange('0', '9')) return false;
            text = text[(dot + 1)..];
        }

        return true;
    }
}
