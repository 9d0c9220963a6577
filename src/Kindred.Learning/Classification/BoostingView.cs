using Kindred.Learning.Tables;

namespace Kindred.Learning.Classification;

/// <summary>Boosted trees on the columns of a table, or on these and pairs of them; how many, by cross-validation.</summary>
internal sealed class BoostingView(BoostedTrees model, PairFeatures? pairs) : View
{
    public const string Kind = "boosting", Pairs = "pairs";
    private const int MostRounds = 300;

    public override string Name => pairs is null ? Kind : Pairs;

    public static BoostingView Fit(Prepared rows, Targets targets, int[] folds, out DenseRows outOfFold, CancellationToken cancel) =>
        new(FitTrees(rows.Vectors!, targets, folds, out outOfFold, cancel), null);

    /// <summary>Pairs the numbers that the trees of this view have gained most by.</summary>
    public BoostingView FitPairs(Prepared rows, Targets targets, int[] folds, TableEncoder table, float scale, out DenseRows outOfFold, CancellationToken cancel)
    {
        int[] best = [.. Enumerable.Range(0, table.Numbers).OrderByDescending(c => model.Gains[c]).Take(PairFeatures.Most).Order()];
        var features = new PairFeatures(table, scale, best);
        return new BoostingView(FitTrees(features.Of(rows.Vectors!), targets, folds, out outOfFold, cancel), features);
    }

    /// <summary>Trees on all rows, as many as lose least on rows that they have not seen.</summary>
    private static BoostedTrees FitTrees(DenseRows rows, Targets targets, int[] folds, out DenseRows outOfFold, CancellationToken cancel)
    {
        int parts = folds.Max() + 1, k = targets.Classes;

        // the scores of every few rounds are kept, so that one number of rounds can be chosen for all folds
        const int Every = 10, Patience = 5;
        var losses = new double[MostRounds / Every];
        var kept = new List<DenseRows>();
        for (int r = 0; r < losses.Length; r++) kept.Add(new DenseRows(rows.Count, k));
        for (int f = 0; f < parts; f++)
        {
            var (seen, unseen) = Split(folds, f);
            var (asked, due) = (rows.Take(unseen), targets.Take(unseen));
            DenseRows? scores = null;
            int round = 0, at = 0, bestAt = 0;
            double least = double.PositiveInfinity;
            BoostedTrees.Fit(rows.Take(seen), targets.Take(seen), MostRounds, trees =>
            {
                scores ??= trees.Start(unseen.Length);
                trees.AddLast(asked, scores);
                if (++round % Every != 0) return true;
                double loss = Keep();
                if (loss < least) (least, bestAt) = (loss, at);
                return at++ - bestAt < Patience;
            }, cancel);

            // a fold that has stopped early stays as it is
            for (; at < losses.Length; at++) Keep();

            double Keep()
            {
                var spread = BoostedTrees.Spread(scores!);
                double sum = 0;
                for (int i = 0; i < unseen.Length; i++)
                {
                    spread[i].CopyTo(kept[at][unseen[i]]);
                    sum += Softmax.LogSum(spread[i]) - spread[i][due[i][0]];
                }

                losses[at] += sum;
                return sum;
            }
        }

        int best = Array.IndexOf(losses, losses.Min());
        outOfFold = kept[best];
        return BoostedTrees.Fit(rows, targets, (best + 1) * Every, null, cancel);
    }

    public override DenseRows Score(Prepared rows) => model.Score(pairs?.Of(rows.Vectors!) ?? rows.Vectors!);

    public override void Save(ModelWriter writer)
    {
        model.Save(writer, Name);
        if (pairs is not null) writer.Add("pairs.numbers", [.. pairs.Paired], pairs.Paired.Count);
    }

    public static BoostingView Load(ModelReader reader, int dimensions, int classes) => new(BoostedTrees.Load(reader, Kind, dimensions, classes), null);

    public static BoostingView LoadPairs(ModelReader reader, int dimensions, int classes, TableEncoder table, float scale)
    {
        int[] paired = reader.File.ReadInts("pairs.numbers", reader.Shape("pairs.numbers", 1)[0]);
        if (paired.Length is < 2 or > PairFeatures.Most) throw reader.File.Wrong("pairs.numbers", $"{paired.Length} are outside 2 to {PairFeatures.Most}");
        for (int i = 0; i < paired.Length; i++)
            if (paired[i] < 0 || paired[i] >= table.Numbers || (i > 0 && paired[i] <= paired[i - 1])) throw reader.File.Wrong("pairs.numbers", $"[{i}] is {paired[i]}: places among {table.Numbers} numbers are due, smallest first");
        var features = new PairFeatures(table, scale, paired);
        return new BoostingView(BoostedTrees.Load(reader, Pairs, features.Width(dimensions), classes), features);
    }
}
