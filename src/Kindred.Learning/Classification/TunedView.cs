namespace Kindred.Learning.Classification;

/// <summary>
/// Kernel ridge on the vectors of an encoder that was itself tuned to the labels (Tunstall et al. 2022). What such an encoder says of rows it was tuned to is no measure: each fold is scored by one that has not seen it.
/// </summary>
internal sealed class TunedView(KernelRidge model) : View
{
    public const string Kind = "tuned";

    /// <summary>Tuning takes long: fewer folds than other views have. Two classes at least have so many rows.</summary>
    public const int Folds = 3;

    public override string Name => Kind;

    /// <param name="tune">As <see cref="ClassifierOptions.Tune"/> is.</param>
    /// <param name="targets">Shape [n].</param>
    /// <param name="outside">The class of what belongs to none; -1 for none.</param>
    /// <param name="outOfFold">Receives each row's scores from an encoder and a view that have not seen it.</param>
    /// <param name="tuned">Receives the encoder tuned to all rows.</param>
    /// <param name="progress">Is told what is in hand.</param>
    /// <param name="cancel">Stops the work.</param>
    public static TunedView Fit(Func<IReadOnlyList<int>, IReadOnlyList<int>, CancellationToken, TunedVectors> tune, Targets targets, int outside, out DenseRows outOfFold, out TunedVectors tuned, IProgress<string>? progress, CancellationToken cancel)
    {
        int[] folds = targets.Folds(Math.Min(Folds, targets.Count));
        int parts = folds.Max() + 1;
        outOfFold = new DenseRows(targets.Count, targets.Classes);
        for (int f = 0; f < parts; f++)
        {
            var (seen, unseen) = Split(folds, f);
            if (unseen.Length == 0) continue;
            var (part, said) = One(seen, f);
            var scores = part.Score(DenseRows.Copy(said.Vectors).Take(unseen));
            for (int i = 0; i < unseen.Length; i++) scores[i].CopyTo(outOfFold[unseen[i]]);
        }

        (var model, tuned) = One([.. Enumerable.Range(0, targets.Count)], parts);
        return new TunedView(model);

        (KernelRidge, TunedVectors) One(int[] rows, int at)
        {
            progress?.Report($"tuning the encoder, {at + 1} of {parts + 1}");

            // what belongs to no class has nothing in common: each is a class of its own
            var said = tune(rows, [.. rows.Select(i => targets[i][0] == outside ? targets.Classes + i : targets[i][0])], cancel);
            return (KernelRidge.Fit(DenseRows.Copy(said.Vectors).Take(rows), targets.Take(rows), cancel), said);
        }
    }

    public override DenseRows Score(Prepared rows) => model.Score(rows.Tuned!);

    public override void Save(ModelWriter writer) => model.Save(writer, Kind);

    public static TunedView Load(ModelReader reader, int dimensions, int classes) => new(KernelRidge.Load(reader, Kind, dimensions, classes));
}
