using Kindred.Learning.Tables;

namespace Kindred.Learning.Classification;

/// <summary>Boosted trees on the columns of a table; how many, by cross-validation.</summary>
internal sealed class BoostingView(BoostedTrees model, TableEncoder? table, float scale) : View
{
    public const string Kind = "boosting";
    private const int MostRounds = 300;

    public override string Name => Kind;

    public static BoostingView Fit(Prepared rows, Targets targets, int[] folds, TableEncoder? table, float scale, out DenseRows outOfFold, CancellationToken cancel)
    {
        var wide = PairFeatures.Of(rows.Vectors!, table, scale);
        int parts = folds.Max() + 1, k = targets.Classes;

        // the scores of every few rounds are kept, so that one number of rounds can be chosen for all folds
        const int Every = 10, Patience = 5;
        var losses = new double[MostRounds / Every];
        var kept = new List<DenseRows>();
        for (int r = 0; r < losses.Length; r++) kept.Add(new DenseRows(rows.Count, k));
        for (int f = 0; f < parts; f++)
        {
            var (seen, unseen) = Split(folds, f);
            var (asked, due) = (wide.Take(unseen), targets.Take(unseen));
            DenseRows? scores = null;
            int round = 0, at = 0, bestAt = 0;
            double least = double.PositiveInfinity;
            BoostedTrees.Fit(wide.Take(seen), targets.Take(seen), MostRounds, trees =>
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
        return new BoostingView(BoostedTrees.Fit(wide, targets, (best + 1) * Every, null, cancel), table, scale);
    }

    public override DenseRows Score(Prepared rows) => model.Score(PairFeatures.Of(rows.Vectors!, table, scale));

    public override void Save(ModelWriter writer) => model.Save(writer);

    public static BoostingView Load(ModelReader reader, int dimensions, int classes, TableEncoder? table, float scale) =>
        new(BoostedTrees.Load(reader, PairFeatures.Of(new DenseRows(1, dimensions), table, scale).Width, classes), table, scale);
}
