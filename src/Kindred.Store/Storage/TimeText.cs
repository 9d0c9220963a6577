using System.Globalization;

namespace Kindred.Store.Storage;

/// <summary>Times as text that sorts by time: UTC, whole seconds, "2026-01-31T09:05:00Z".</summary>
internal static class TimeText
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static string Of(DateTimeOffset time) => time.ToUniversalTime().ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Brings a time with an offset to that form; a date, or a text that is no time, stays as it is.</summary>
    public static string Normal(string text) =>
        text.Contains('T') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? Of(time) : text;
}
