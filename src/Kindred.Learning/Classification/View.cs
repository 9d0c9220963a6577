namespace Kindred.Learning.Classification;

/// <summary>One way to look at the rows, which gives each class a score.</summary>
internal abstract class View
{
    /// <summary>A setting is chosen on so many rows at most.</summary>
    private const int MostSeen = 6000;

    public abstract string Name { get; }

    /// <summary>Scores of shape [rows, classes].</summary>
    public abstract DenseRows Score(Prepared rows);

    public abstract void Save(ModelWriter writer);

    /// <summary>Fits with the rows of the other folds, then with all.</summary>
    /// <param name="rows">Shape [n].</param>
    /// <param name="targets">Shape [n].</param>
    /// <param name="folds">Shape [n]; -1 for a row that always counts.</param>
    /// <param name="fit">Fits to some rows.</param>
    /// <param name="outOfFold">Receives each row's scores from the view that has not seen it; zeros for rows that always count.</param>
    public static T CrossFit<T>(Prepared rows, Targets targets, int[] folds, Func<Prepared, Targets, T> fit, out DenseRows outOfFold)
        where T : View
    {
        outOfFold = new DenseRows(rows.Count, targets.Classes);
        for (int f = 0; f <= folds.Max(); f++) ScoreFold(f, outOfFold, fit);
        return fit(rows, targets);

        void ScoreFold(int fold, DenseRows scores, Func<Prepared, Targets, T> fitFold)
        {
            var (seen, unseen) = Split(folds, fold);
            if (unseen.Length == 0) return;
            var (known, asked) = rows.Part(seen, unseen);
            var part = fitFold(known, targets.Take(seen)).Score(asked);
            for (int i = 0; i < unseen.Length; i++) part[i].CopyTo(scores[unseen[i]]);
        }
    }

    /// <summary>The rows outside a fold, and those of it.</summary>
    public static (int[] Seen, int[] Unseen) Split(int[] folds, int fold) =>
        ([.. Enumerable.Range(0, folds.Length).Where(i => folds[i] != fold)], [.. Enumerable.Range(0, folds.Length).Where(i => folds[i] == fold)]);

    /// <summary>The setting whose scores of an unseen fold, once calibrated, lose least.</summary>
    public static double Choose(Prepared rows, Targets targets, int[] folds, ReadOnlySpan<double> settings, Func<Prepared, Targets, double, View> fit)
    {
        var (seen, unseen) = Split(folds, 0);
        if (seen.Length > MostSeen)
        {
            new Random(3).Shuffle(seen);
            Array.Resize(ref seen, MostSeen);
        }

        var (known, asked) = rows.Part(seen, unseen);
        var (answers, due) = (targets.Take(seen), targets.Take(unseen));
        double best = settings[0], least = double.PositiveInfinity;
        foreach (double setting in settings)
        {
            double loss = Blend.Fit([fit(known, answers, setting).Score(asked)], due).Loss;
            if (loss < least) (least, best) = (loss, setting);
        }

        return best;
    }
}
