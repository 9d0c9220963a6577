using System.Runtime.CompilerServices;
using Kindred.Store.Search;
using Kindred.Store.Storage;

namespace Kindred.Store.Answers;

/// <summary>
/// How near an encoder puts a question to a passage on something else: near 0 for one, 0.44 for another, so a bare cosine says nothing. Measured with questions and passages of our
/// own, each on another subject: every question with the passages of the others.
/// </summary>
/// <param name="Mean">The mean cosine.</param>
/// <param name="Spread">Its standard deviation.</param>
internal sealed record Background(double Mean, double Spread)
{
    private static readonly (string Question, string Passage)[] Subjects =
    [
        ("How long does a hard-boiled egg take?", "An egg is hard after nine minutes in boiling water. Put it under the cold tap at once, and the shell comes off easily."),
        ("Who painted the ceiling of the chapel?", "The old master lay on a scaffold for four years to paint the ceiling. Damp has faded the colours on its north side."),
        ("When are tomatoes planted out?", "Young tomatoes go into the garden after the last frost, in a sunny bed. Water them at the root and never over the leaves."),
        ("Which side effects can these tablets have?", "Patients who took the drug for weeks complained of headaches and an upset stomach. The dose should be halved for children."),
        ("How far away is the nearest star?", "Light from the nearest star is on its way for more than four years. Its two brighter neighbours circle each other."),
        ("How many days of notice does a tenant have?", "The tenant may end the lease with three months of notice in writing. The deposit is paid back after the flat has been looked at."),
        ("Which train goes to the airport on Sundays?", "On Sundays the airport train runs every half hour from platform two. Tickets are sold at the machine beside the stairs."),
        ("How old can a parrot become?", "Large parrots live for sixty years and more when they are kept well. They need company, room to fly and fresh fruit."),
        ("How many players does a volleyball team have?", "Six players of each side stand on the court and change places after a won serve. A set ends at twenty-five points."),
        ("How is cheese made from milk?", "Rennet makes the warm milk thick, and the curd is cut and drained. The wheels then ripen in a cool cellar for months."),
        ("Why did the bridge fall down?", "Rust had eaten into the cables of the bridge, and a storm did the rest. The engineers had warned the city a year before."),
        ("Who has to pay the inheritance tax?", "Heirs declare what they received to the revenue within three months. A house in which the family goes on living is exempt."),
        ("How do I change the chain of a bicycle?", "Open the chain with a rivet tool and thread the new one over the sprockets. Count its links first so that it has the same length."),
        ("When did the last emperor abdicate?", "After the lost war the emperor gave up the throne and went into exile. A republic was proclaimed from a balcony."),
        ("How deep do whales dive?", "Sperm whales dive more than a thousand metres for squid and hold their breath for an hour. They sleep upright near the surface."),
        ("Why does my printer print blank pages?", "When pages come out blank the ink has dried in the nozzles. Run the cleaning program of the printer twice."),
        ("What does an orchestra tune to?", "The oboe gives the note to which the strings and winds tune before a concert. The conductor comes in when it is quiet."),
        ("How is bread kept fresh?", "Bread stays fresh longest in a clay pot with a lid. In the fridge it goes stale sooner, but it can be frozen in slices."),
        ("How is a volcano's eruption foreseen?", "Swarms of small quakes and a swelling slope tell that magma is rising. Villages below the crater are then cleared."),
        ("Which subjects are needed to study law?", "No subject is required for the law course, but good marks are. Places are given away in July, and the waiting list is long."),
    ];

    private static readonly ConditionalWeakTable<object, Background> Known = [];

    /// <summary>That of a store's encoder, measured once a program.</summary>
    public static async Task<Background> OfAsync(KindredStore store, CancellationToken cancel)
    {
        if (Known.TryGetValue(store.Model, out var known)) return known;
        var measured = await MeasureAsync(store.Encoder, cancel).ConfigureAwait(false);
        Known.AddOrUpdate(store.Model, measured);
        return measured;
    }

    private static async Task<Background> MeasureAsync(Encoder encoder, CancellationToken cancel)
    {
        var questions = await encoder.QueriesAsync([.. Subjects.Select(s => s.Question)], cancel).ConfigureAwait(false);
        var (passages, _) = await encoder.PassagesAsync([.. Subjects.Select(s => s.Passage)], _ => "a passage of Kindred's own", cancel).ConfigureAwait(false);
        var cosines = new List<double>();
        for (int q = 0; q < questions.Length; q++)
            for (int p = 0; p < passages.Length; p++)
                if (p != q) cosines.Add(Searcher.Cosine(questions[q], passages[p]));
        double mean = cosines.Average();
        return new Background(mean, Math.Sqrt(cosines.Average(c => (c - mean) * (c - mean))));
    }
}
