using System.CommandLine;
using System.Globalization;
using System.Text;
using Kindred.Learning.Recommendation;
using Kindred.Store.Reading;

namespace Kindred.Cli.Verbs;

/// <summary>recommend for-user, similar and weekly: lists of items.</summary>
internal static class RecommendLists
{
    private static readonly Argument<string> User = new("USER") { Description = "The user, as in the table; with --likes somebody new, and any name." };
    private static readonly Argument<string> Item = new("ITEM") { Description = "The item, as in the table, or its title." };
    private static readonly Option<int> K = new("-k") { Description = "How many items at most.", DefaultValueFactory = _ => 10, CustomParser = result => Usage.Number(result, 1, 1_000_000) };
    private static readonly Option<int> WeeklyK = new("-k") { Description = "How many items at most.", DefaultValueFactory = _ => 30, CustomParser = result => Usage.Number(result, 1, 1_000_000) };
    private static readonly Option<string?> Likes = new("--likes") { Description = "What somebody new likes: items or their titles with commas between them, the latest last; \"…\" around one that has a comma in it." };
    private static readonly Option<double> Diversity = new("--diversity") { Description = "0 takes the best items; towards 1 each must differ more from those before it.", CustomParser = r => RecommendVerb.Number(r, 0, 1) };
    private static readonly Option<string?> Only = new("--only") { Description = "Recommend these items alone: a table with the column item, or .txt with an item a line." };
    private static readonly Option<string?> Exclude = new("--exclude") { Description = "Never recommend these items: a table with the column item, or .txt with an item a line." };
    private static readonly Option<string?> Where = new("--where") { Description = "Of --only, the rows whose column holds this value, such as genre=Drama; a|b holds a and b." };
    private static readonly Option<string?> Week = new("--week") { Description = "A day of the week the list is for, as 2026-11-30; when left out, this week." };
    private static readonly Option<string?> History = new("--history") { Description = "A file of earlier lists (user, week, item with tabs between them): what it holds for the user is not brought again; the new list is added to it." };

    public static Command CreateForUser()
    {
        var verb = new Command("for-user", "Recommends items to a user, who has seen none of them. Example: kindred recommend for-user ada --with plays.recommender -k 5")
        {
            User, RecommendVerb.With, K, Likes, Diversity, Only, Where, Exclude, Output.Json,
        };
        Check(verb);
        verb.SetAction((args, cancel) => Task.Run(() => Run(args, cancel, K, args.GetValue(Likes) is null ? args.GetRequiredValue(User) : null, (recommender, options) => args.GetValue(Likes) is { } likes
            ? recommender.RecommendFor(Split(likes), options)
            : recommender.Recommend(args.GetRequiredValue(User), options)), cancel));
        return verb;
    }

    public static Command CreateSimilar()
    {
        var verb = new Command("similar", "Lists items that the same users liked. Example: kindred recommend similar \"Blue Train\" --with plays.recommender")
        {
            Item, RecommendVerb.With, K, Diversity, Only, Where, Exclude, Output.Json,
        };
        Check(verb);
        verb.SetAction((args, cancel) => Task.Run(() => Run(args, cancel, K, null, (recommender, options) => recommender.Similar(args.GetRequiredValue(Item), options)), cancel));
        return verb;
    }

    public static Command CreateWeekly()
    {
        var verb = new Command("weekly", "Makes a user's list for a week: mostly near the user's taste, every third item unlike it, none of the weeks before. Example: kindred recommend weekly ada --with plays.recommender")
        {
            User, RecommendVerb.With, WeeklyK, Week, History, Only, Where, Exclude, Output.Json,
        };
        Check(verb);
        verb.SetAction((args, cancel) => Task.Run(() => Run(args, cancel, WeeklyK, args.GetRequiredValue(User), (recommender, options) => WeeklyList(args, recommender, options)), cancel));
        return verb;
    }

    private static void Check(Command verb) => verb.Validators.Add(result =>
    {
        if (result.GetResult(Where) is null) return;
        if (result.GetResult(Only) is null) result.AddError("--where needs --only FILE, the table of the items");
        if (result.GetValue(Where) is { } where && where.IndexOf('=', StringComparison.Ordinal) <= 0) result.AddError($"--where {where}: COLUMN=VALUE is wanted");
    });

    private static int Run(ParseResult args, CancellationToken cancel, Option<int> k, string? user, Func<Recommender, RecommendOptions, IReadOnlyList<Recommendation>> list)
    {
        var output = new Output(args);
        var recommender = Recommender.Open(args.GetRequiredValue(RecommendVerb.With));
        var only = args.GetValue(Only) is { } onlyFile ? RecommendEvents.ReadNames(onlyFile, Condition(args.GetValue(Where)), cancel) : null;
        var exclude = args.GetValue(Exclude) is { } excludeFile ? RecommendEvents.ReadNames(excludeFile, null, cancel) : [];
        Warn(recommender, only, "--only");
        Warn(recommender, exclude, "--exclude");
        var options = new RecommendOptions
        {
            K = args.GetValue(k),
            Diversity = args.GetValue(Diversity),
            Allow = only is null && exclude.Count == 0 ? null : item => only?.Contains(item) != false && !exclude.Contains(item),
        };
        if (user is not null && !recommender.KnowsUser(user)) Console.Error.WriteLine(Output.Plain($"kindred: there is no user \"{user}\": what is popular with all is listed; spelt most alike: {string.Join(", ", recommender.NearestUsers(user))}"));
        int rank = 0;
        foreach (var found in list(recommender, options))
        {
            int place = ++rank;
            string? title = recommender.TitleOf(found.Item);
            output.Text(string.Create(CultureInfo.InvariantCulture, $"{place,3}  {found.Score,8:F3}  {found.Item}{(title is null ? "" : $"  {title}")}  ({found.Why})"));
            output.Line(json =>
            {
                json.WriteNumber("rank", place);
                json.WriteString("item", found.Item);
                if (title is not null) json.WriteString("title", title);
                json.WriteNumber("score", found.Score);
                json.WriteString("why", found.Why);
            });
        }

        if (rank < options.K) Console.Error.WriteLine($"kindred: {(rank == 0 ? "no item" : $"{rank} of the {options.K} items wanted")}: no more are known to fit");
        return 0;
    }

    private static IReadOnlyList<Recommendation> WeeklyList(ParseResult args, Recommender recommender, RecommendOptions options)
    {
        string user = args.GetRequiredValue(User);
        var day = args.GetValue(Week) is not { } text ? DateOnly.FromDateTime(DateTime.UtcNow)
            : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var given) ? given
            : throw new ArgumentException($"--week {text}: a day is wanted, such as 2026-11-30");

        // day 0 was a Monday, 1 January of year 1
        int week = day.DayNumber / 7;
        string monday = DateOnly.FromDayNumber(week * 7).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (args.GetValue(History) is not { } file) return recommender.Weekly(user, week, options);
        var earlier = ReadHistory(file, user, monday);
        var allow = options.Allow;
        var list = recommender.Weekly(user, week, options with { Allow = item => !earlier.Contains(item) && allow?.Invoke(item) != false });
        WriteHistory(file, user, monday, list);
        return list;
    }

    // what the lists of weeks before held: a week asked for again gives the same list, whatever came after
    private static HashSet<string> ReadHistory(string file, string user, string monday)
    {
        if (!File.Exists(file)) return [];
        using var table = TableReader.Open(file, TableFormat.Tsv);
        int userAt = table.Column("user"), weekAt = table.Column("week"), itemAt = table.Column("item");
        return [.. table.Rows().Where(r => r.Values.Count > Math.Max(userAt, Math.Max(weekAt, itemAt)) && r.Values[userAt] == user && string.CompareOrdinal(r.Values[weekAt], monday) < 0).Select(r => r.Values[itemAt])];
    }

    private static void WriteHistory(string file, string user, string monday, IReadOnlyList<Recommendation> list)
    {
        string start = $"{user}\t{monday}\t";
        string[] kept = File.Exists(file) ? [.. File.ReadLines(file).Where(l => !l.StartsWith(start, StringComparison.Ordinal))] : ["user\tweek\titem"];
        string part = $"{file}.{Environment.ProcessId}.part";
        File.WriteAllLines(part, [.. kept, .. list.Select(r => start + r.Item)]);
        File.Move(part, file, overwrite: true);
    }

    private static (string, string)? Condition(string? where) => where?.Split('=', 2) is [var column, var value] ? (column.Trim(), value.Trim()) : null;

    private static void Warn(Recommender recommender, HashSet<string>? names, string option)
    {
        int unknown = names?.Count(n => !recommender.KnowsItem(n)) ?? 0;
        if (unknown > 0) Console.Error.WriteLine($"kindred: {unknown} of the {Output.Count(names!.Count, "item")} of {option} {(unknown == 1 ? "is" : "are")} unknown to the recommender");
    }

    private static List<string> Split(string list)
    {
        var items = new List<string>();
        var item = new StringBuilder();
        bool quoted = false;
        foreach (char c in list + ",")
        {
            if (c == '"') quoted = !quoted;
            else if (c != ',' || quoted) item.Append(c);
            else
            {
                if (item.ToString().Trim() is { Length: > 0 } name) items.Add(name);
                item.Clear();
            }
        }

        return quoted ? throw new ArgumentException($"--likes {list}: a quote is not closed") : items;
    }
}
