namespace Kindred.Store;

/// <summary>Limits on reading.</summary>
public sealed record ReadOptions
{
    /// <summary>
    /// The longest text file that is read, in bytes, and the most text taken out of any file, in UTF-16 units: 64 MiB unless set.
    /// A pdf or docx file, mostly pictures and fonts, may be eight times as long.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 1 to 512 MiB.</exception>
    public long MaxBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 512L << 20);   // a string holds at most 2^30 units
            field = value;
        }
    } = 64L << 20;
}
