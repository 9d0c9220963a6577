using Kindred.Vectors.Files;

namespace Kindred.Learning.Recommendation;

/// <content>Playlists, and the file.</content>
public sealed partial class Recommender
{
    /// <summary>Weeks until a playlist may bring an item again, where there are items enough.</summary>
    private const int Rota = 4;

    /// <summary>The latest likes that a new item is compared with.</summary>
    private const int Recent = 50;

    /// <summary>
    /// A list that changes from week to week: two items near the user's taste, then one unlike what the user has. The same week gives the same list; the lists of
    /// four weeks in a row share no item where there are items enough.
    /// </summary>
    /// <param name="user">The user's name; somebody unknown gets popular items.</param>
    /// <param name="week">The number of the week, counted from any week.</param>
    /// <param name="options">Settings; <see cref="RecommendOptions.Allow"/> can leave out what earlier lists held.</param>
    public IReadOnlyList<Recommendation> Weekly(string user, int week, RecommendOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        options ??= new();
        options.Check();
        int number = Table.FindUser(user);
        int[] likes = number < 0 ? [] : Likes(number);
        float[] scores = Scores(number, likes);
        var seen = number < 0 ? [] : Table.ItemsOf(number);

        // best first, dealt out to the weeks like cards, twice as many as are wanted
        int[] pool = Pick(scores, seen, options with { K = (int)Math.Min((long)options.K * 2 * Rota, Items.Count), Diversity = 0 });
        int rota = Math.Clamp(pool.Length / options.K, 1, Rota), turn = ((week % rota) + rota) % rota;
        int[] ours = [.. pool.Where((_, rank) => rank % rota == turn)];
        int[] latest = likes.Length > Recent ? likes[^Recent..] : likes;
        int k = Math.Min(options.K, ours.Length);
        var unlike = latest.Length == 0 ? [] : ours.OrderBy(i => latest.Max(l => _set.Likeness(i, l))).Take(k / 3).ToHashSet();
        var near = new Queue<int>(ours.Where(i => !unlike.Contains(i)));
        var fresh = new Queue<int>(ours.Where(unlike.Contains));
        var list = new List<Recommendation>(k);
        while (list.Count < k)
        {
            bool turnOfNew = fresh.Count > 0 && (list.Count % 3 == 2 || near.Count == 0);
            int item = (turnOfNew ? fresh : near).Dequeue();
            string why = Why(number, likes, item);
            list.Add(new(Items[item], scores[item], !turnOfNew ? why : why.StartsWith(Untaken, StringComparison.Ordinal) ? $"something {why}" : $"something new; {why}"));
        }

        return list;
    }

    /// <summary>Writes the recommender with all it was made from, beside the file's place, and renames.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path) => RecommenderFile.Write(path, this);

    /// <summary>Reads a recommender.</summary>
    /// <param name="path">A file that <see cref="Save"/> wrote.</param>
    /// <exception cref="VectorFileException">It is cut, damaged or no recommender.</exception>
    public static Recommender Open(string path) => RecommenderFile.Read(path);
}
