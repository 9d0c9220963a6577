using System.Globalization;

namespace Kindred.Cli.Verbs;

/// <summary>Dates with slashes of one column: a number above 12 that comes first in one of them says that the day does in all; where nothing says so the month comes first.</summary>
/// <param name="table">What messages call the file.</param>
/// <param name="column">The column's name.</param>
internal sealed class SlashDates(string table, string column)
{
    private string? _dayFirst, _monthFirst, _either;

    /// <summary>Whether the day comes first, by the dates so far.</summary>
    public bool DayFirst => _dayFirst is not null && _monthFirst is null;

    /// <summary>Looks at all dates of a column and says how they are read where none of them decides it.</summary>
    /// <param name="table">What messages call the file.</param>
    /// <param name="column">The column's name.</param>
    /// <param name="texts">What the column holds.</param>
    /// <returns>Whether the day comes first.</returns>
    public static bool LookAt(string table, string column, IEnumerable<string> texts)
    {
        var dates = new SlashDates(table, column);
        foreach (string text in texts) dates.Next(text);
        dates.Tell();
        return dates.DayFirst;
    }

    /// <summary>Looks at a date, or at what is none.</summary>
    /// <returns>Whether it is a date with slashes.</returns>
    public bool Next(string text)
    {
        if (Parts(text) is not var (first, second)) return false;
        if (first > 12) _dayFirst ??= text;
        else if (second > 12) _monthFirst ??= text;
        else if (first != second) _either ??= text;
        return true;
    }

    /// <summary>Says how dates are read where none of them decides it.</summary>
    public void Tell()
    {
        if (_dayFirst is null && _monthFirst is null && _either is not null)
            Console.Error.WriteLine(Output.Plain($"kindred: {table}, column {column}: dates such as {_either.Trim()} are read with the month first, and none of them has a day above 12 that would decide it: where the day comes first, write the year first"));
    }

    /// <summary>The text as it is read: of a date whose day comes first the month goes to the front.</summary>
    public static string Read(string text, bool dayFirst) => dayFirst && Parts(text) is not null && text.Split('/') is [var day, var month, var rest] ? $"{month}/{day}/{rest}" : text;

    private static (int First, int Second)? Parts(string text)
    {
        string[] parts = text.Trim().Split('/');
        return parts.Length == 3 && parts[2].Length >= 2 && Number(parts[0]) is { } first && Number(parts[1]) is { } second ? (first, second) : null;

        static int? Number(string part) => part.Length <= 2 && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }
}
