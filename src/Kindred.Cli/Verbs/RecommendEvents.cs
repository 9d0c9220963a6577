using System.CommandLine;
using System.Globalization;
using Kindred.Learning;
using Kindred.Learning.Recommendation;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>--in of recommend: a table of who took what, and --items: a table of what the items are.</summary>
internal static class RecommendEvents
{
    public static Option<string> In { get; } = new("--in") { Description = "A table (.tsv, .csv, .jsonl, gz of each, or -) with the columns user and item, and where they are known rating and timestamp (dates, or seconds or milliseconds since 1970); userId, movieId, itemId and the like will do.", Required = true };

    public static Option<string?> Items { get; } = new("--items") { Description = "A table of the items, with the columns item and text: items that nobody took yet can then be recommended by what they are. Of a column title (or name) lists and reasons show what each item is called." };

    public static Option<double?> LikedFrom { get; } = new("--liked-from") { Description = "Items rated below are seen but not liked; when left out, every rating from 0 counts as a like.", CustomParser = r => RecommendVerb.Number(r, double.MinValue, double.MaxValue) };

    public static Option<string?> Scale { get; } = new("--scale") { Description = "The least and the greatest rating, such as 0.5,5: rows with others are left out and counted." };

    private static readonly string[][] Names =
    [
        ["user", "userId", "user_id", "customer", "reader", "listener"],
        ["item", "itemId", "item_id", "movieId", "movie_id", "product", "title"],
        ["rating", "score", "stars"],
        ["timestamp", "time", "date"],
    ];

    private static readonly string[] Titles = ["title", "name"];

    /// <summary>Reads the events; rows that cannot be used are named and counted on stderr.</summary>
    public static (InteractionTable Table, long Unusable) Read(ParseResult args, CancellationToken cancel)
    {
        string file = args.GetRequiredValue(In);
        if (VectorFile.Names(file)) throw new ArgumentException($"{file} holds vectors; a table with the columns user and item is wanted here");
        var (least, most) = ReadScale(args.GetValue(Scale));
        using var table = TableReader.Open(file);
        var wrong = new UnusableRows(table.Name);
        long negative = 0;
        var events = InteractionTable.From(Rows(table, least, most, wrong, cancel).Select(Count), args.GetValue(LikedFrom) ?? 0);
        wrong.Tell();
        if (negative > 0 && args.GetValue(LikedFrom) is null) Console.Error.WriteLine($"kindred: {negative} ratings of {table.Name} are below 0: these items count as seen, not as liked; --liked-from says from which rating they are");
        if (events.Duplicates > 0) Console.Error.WriteLine($"kindred: {Output.Count(events.Duplicates, "row")} of {table.Name} {(events.Duplicates == 1 ? "repeats" : "repeat")} a user and an item; the latest of each counts");
        return (events, wrong.Count);

        Interaction Count(Interaction one)
        {
            if (one.Rating < 0) negative++;
            return one;
        }
    }

    /// <summary>The items' texts: the column that is named, else text with title before it, else all that there is of the item. Titles are empty where there is no such column.</summary>
    public static (IReadOnlyList<(string Item, string Text)> Texts, IReadOnlyDictionary<string, string> Titles) ReadItems(string file, string? column, CancellationToken cancel)
    {
        using var table = TableReader.Open(file);
        int item = Column(table, Names[1]), title = Array.Find(Titles, t => table.HasColumn(t) && table.Column(t) != item) is { } called ? table.Column(called) : -1;
        int[] parts = column is not null ? [table.Column(column)]
            : table.HasColumn("text") ? [.. new[] { title, table.Column("text") }.Where(c => c >= 0).Distinct()]
            : [.. Enumerable.Range(0, table.Columns.Count).Where(c => c != item)];
        if (column is null && !table.HasColumn("text") && parts.Length > 0) Console.Error.WriteLine(Output.Plain($"kindred: {table.Name} has no column text: what the items are is read from {string.Join(", ", parts.Select(p => table.Columns[p]))}"));
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var titles = new Dictionary<string, string>(StringComparer.Ordinal);
        var wrong = new UnusableRows(table.Name);
        foreach (var row in table.Rows(cancel))
        {
            string name = Value(row, item).Trim(), text = string.Join(". ", parts.Select(p => Value(row, p).Trim()).Where(v => v.Length > 0));
            if (name.Length > 0 && title >= 0) titles[name] = Value(row, title).Trim();
            if (name.Length == 0) wrong.Add(row.Number, "no item");
            else if (text.Length == 0) wrong.Add(row.Number, "no text");
            else texts[name] = text;
        }

        wrong.Tell();
        if (texts.Count == 0) throw new IOException($"{table.Name}: there is no item with a text in it");
        return ([.. texts.Select(t => (t.Key, t.Value))], titles);
    }

    /// <summary>The items for which a column of a table holds a value; of all, where no condition is given. A table without a column "item" is a list, an item a line.</summary>
    public static HashSet<string> ReadNames(string file, (string Column, string Value)? where, CancellationToken cancel)
    {
        using var table = TableReader.Open(file);
        int item = table.Format == TableFormat.Lines ? 0 : Column(table, Names[1]), condition = where is { } w ? table.Column(w.Column) : -1;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in table.Rows(cancel))
        {
            // "Drama" is one of "Comedy|Drama"
            if (condition < 0 || Value(row, condition).Split('|', ';').Any(v => v.Trim().Equals(where!.Value.Value, StringComparison.OrdinalIgnoreCase))) names.Add(Value(row, item));
        }

        return names;
    }

    private static IEnumerable<Interaction> Rows(TableReader table, double least, double most, UnusableRows wrong, CancellationToken cancel)
    {
        int user = -1, item = -1, rating = -1, time = -1;
        long used = 0;
        SlashDates? dates = null;
        List<(long Number, Interaction Event, string Time)>? held = null;   // from the first date with slashes on: all of them say whether the day comes first

        // a column of .jsonl is known from the first row that has it: many are read before the columns are looked for
        foreach (var row in table.Rows(cancel).Chunk(1000).SelectMany(rows => rows))
        {
            if (user < 0) Columns();
            string u = Value(row, user).Trim(), i = Value(row, item).Trim();
            double stars = 1;
            if (u.Length == 0 || i.Length == 0)
            {
                wrong.Add(row.Number, u.Length == 0 ? "no user" : "no item");
                continue;
            }

            if (rating >= 0 && !TryNumber(Value(row, rating), out stars))
            {
                wrong.Add(row.Number, $"rating \"{Value(row, rating)}\" is no number{(Value(row, rating).Contains(',', StringComparison.Ordinal) ? ": write a point before the decimals" : "")}");
                continue;
            }

            if (stars < least || stars > most)
            {
                wrong.Add(row.Number, $"rating {Value(row, rating)} is off the scale");
                continue;
            }

            var one = new Interaction(u, i, stars);
            if (time < 0)
            {
                used++;
                yield return one;
                continue;
            }

            string said = Value(row, time);
            if (dates!.Next(said)) held ??= [];
            if (held is not null) held.Add((row.Number, one, said));
            else if (Timed(row.Number, one, said) is { } timed) yield return timed;
        }

        if (user < 0) Columns();
        dates?.Tell();
        foreach (var (number, one, said) in held ?? [])
            if (Timed(number, one, SlashDates.Read(said, dates!.DayFirst)) is { } timed) yield return timed;
        if (used == 0)
        {
            wrong.Tell();
            throw new IOException($"{table.Name}: there is no row with a user and an item in it");
        }

        Interaction? Timed(long number, Interaction one, string said)
        {
            if (!TryTime(said, out double at))
            {
                wrong.Add(number, $"timestamp \"{said}\" is neither a number nor a date");
                return null;
            }

            used++;
            return one with { Time = at };
        }

        void Columns()
        {
            (user, item) = (Column(table, Names[0]), Column(table, Names[1]));
            (rating, time) = (Find(table, Names[2]), Find(table, Names[3]));
            if (time >= 0) dates = new SlashDates(table.Name, table.Columns[time]);
        }
    }

    private static bool TryNumber(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private static bool TryTime(string text, out double seconds)
    {
        if (Timestamp.Read(text) is not { } date) return TryNumber(text, out seconds);
        seconds = (date - DateTime.UnixEpoch).TotalSeconds;
        return true;
    }

    private static (double Least, double Most) ReadScale(string? text)
    {
        if (text is null) return (double.NegativeInfinity, double.PositiveInfinity);
        string[] ends = text.Split(',');
        if (ends.Length == 2 && TryNumber(ends[0], out double least) && TryNumber(ends[1], out double most) && least < most) return (least, most);
        throw new ArgumentException($"--scale {text}: two numbers are wanted, the lesser first, such as 0.5,5");
    }

    private static int Find(TableReader table, string[] names) => names.FirstOrDefault(table.HasColumn) is { } name ? table.Column(name) : -1;

    private static int Column(TableReader table, string[] names) => Find(table, names) is >= 0 and var at ? at : table.Column(names[0]);

    private static string Value(TableRow row, int column) => column < row.Values.Count ? row.Values[column] : "";
}
