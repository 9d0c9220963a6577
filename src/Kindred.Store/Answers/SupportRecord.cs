using System.Globalization;
using Kindred.Store.Storage;
using Microsoft.Data.Sqlite;

namespace Kindred.Store.Answers;

/// <summary>What a store learned of when it answers, kept in it for the next program that asks: learning takes two hundred sentences through the encoder.</summary>
internal static class SupportRecord
{
    private const string Key = "support";

    /// <summary>Another number whenever the rule changes: what was learned by another one does not count.</summary>
    private const string Rule = "1";

    /// <summary>What was kept for a store as it is now; null where there is nothing, or nothing that can be read.</summary>
    public static Support? Read(SqliteConnection connection, long generation) =>
        StoreFile.Fact(connection, Key)?.Split(' ') is [Rule, var of, .. { Length: 4 } numbers] && long.TryParse(of, CultureInfo.InvariantCulture, out long learned) && learned == generation
        && Array.ConvertAll(numbers, n => double.TryParse(n, CultureInfo.InvariantCulture, out double value) ? value : double.NaN) is var values && Array.TrueForAll(values, double.IsFinite)
            ? Support.Of(new Background(values[0], values[1]), values[2], values[3]) : null;

    /// <summary>Keeps it, unless the store cannot be written just now.</summary>
    public static async Task TrySaveAsync(string path, long generation, Support support, CancellationToken cancel)
    {
        var (background, meaning, both) = (support.Background, support.Meaning, support.Both);
        try
        {
            using var connection = StoreFile.Open(path, SqliteOpenMode.ReadWrite, queryOnly: false);
            await StoreFile.BeginAsync(connection, TimeSpan.Zero, cancel).ConfigureAwait(false);
            StoreFile.Record(connection, Key, string.Create(CultureInfo.InvariantCulture, $"{Rule} {generation} {background.Mean:R} {background.Spread:R} {meaning:R} {both:R}"));
            StoreFile.Execute(connection, "COMMIT");
        }
        catch (Exception e) when (e is SqliteException or StoreException)
        {
        }
    }
}
