using System.Globalization;

namespace Kindred.Learning.Tests;

public class TimestampTests
{
    [Theory]
    [InlineData("2026-11-30", "2026-11-30T00:00:00")]
    [InlineData("2026-11-30T10:15:00+02:00", "2026-11-30T08:15:00")]
    [InlineData("31.12.2024", "2024-12-31T00:00:00")]
    [InlineData("01.02.2025", "2025-02-01T00:00:00")]
    [InlineData(" 1.2.2025 7:05 ", "2025-02-01T07:05:00")]
    [InlineData("01.02.25 07:05:09", "2025-02-01T07:05:09")]
    [InlineData("01.02.2025 7:05 PM", "2025-02-01T19:05:00")]
    [InlineData("1.2.25, 12:05:09 am", "2025-02-01T00:05:09")]
    [InlineData("2025.02.01", "2025-02-01T00:00:00")]
    [InlineData("02/01/2025", "2025-02-01T00:00:00")]
    [InlineData("12:30", "0001-01-01T12:30:00")]
    [InlineData("1735603200", "2024-12-31T00:00:00")]
    [InlineData("1735603200.5", "2024-12-31T00:00:00.5")]
    [InlineData("1735603200000", "2024-12-31T00:00:00")]
    [InlineData("1735603200000000", "2024-12-31T00:00:00")]
    [InlineData("1735603200000000000", "2024-12-31T00:00:00")]
    public void What_people_and_programs_write_is_read(string text, string expected) =>
        Assert.Equal(DateTime.Parse(expected, CultureInfo.InvariantCulture), Timestamp.Read(text));

    [Theory]
    [InlineData("31.02.2024"), InlineData("12.31.2024"), InlineData("31/12/2024"), InlineData("5"), InlineData("-1735603200"), InlineData("NaN"), InlineData("1e30"), InlineData(""), InlineData("soon"), InlineData("1.2.3.4"), InlineData("1.2.2025 19:05 PM")]
    public void What_is_no_date_is_none(string text) => Assert.Null(Timestamp.Read(text));
}
