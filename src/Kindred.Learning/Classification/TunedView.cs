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

    /// <param name="tune">Tunes the encoder.</param>
    /// <param name="texts">Shape [n].</param>
    /// <param name="targets">Shape [n].</param>
    /// <param name="folds">Shape [n].</param>
    /// <param name="names">What labels say, and of which classes: a row more for each of them. Null for none.</param>
    /// <param name="outside">The class of what belongs to none; -1 for none.</param>
    /// <param name="outOfFold">Receives each row's scores from an encoder and a view that have not seen it.</param>
    /// <param name="tuned">Receives what the encoder says when it is tuned to all rows.</param>
    /// <param name="progress">Is told what is in hand.</param>
    /// <param name="cancel">Stops the work.</param>
    public static TunedView Fit(
        EncoderTuner tune, IReadOnlyList<string> texts, Targets targets, int[] folds, (string[] Texts, int[] Classes)? names, int outside, out DenseRows outOfFold, out TunedVectors tuned, IProgress<string>? progress, CancellationToken cancel)
    {
        outOfFold = new DenseRows(targets.Count, targets.Classes);
        for (int f = 0; f <= folds.Max(); f++)
        {
            var (seen, unseen) = Split(folds, f);
            var (part, said) = One(seen, unseen, f);
            var scores = Logits(part, DenseRows.Copy([.. said.Vectors.Skip(said.Vectors.Count - unseen.Length)]));
            for (int i = 0; i < unseen.Length; i++) scores[i].CopyTo(outOfFold[unseen[i]]);
        }

        (var model, tuned) = One([.. Enumerable.Range(0, targets.Count)], [], folds.Max() + 1);
        return new TunedView(model);

        (KernelRidge, TunedVectors) One(int[] rows, int[] asked, int at)
        {
            progress?.Report($"tuning the encoder, {at + 1} of {folds.Max() + 2}");
            string[] learnt = [.. rows.Select(i => texts[i]), .. names?.Texts ?? []];
            int[] classes = [.. rows.Select(i => targets[i][0]), .. names?.Classes ?? []];

            // what belongs to no class has nothing in common: each is a class of its own
            var said = tune(learnt, [.. classes.Select((c, i) => c == outside ? targets.Classes + i : c)], [.. learnt, .. asked.Select(i => texts[i])], cancel);
            return (KernelRidge.Fit(DenseRows.Copy([.. said.Vectors.Take(learnt.Length)]), Targets.Of(classes, targets.Classes), cancel), said);
        }
    }

    public override DenseRows Score(Prepared rows) => Logits(model, rows.Tuned!);

    public override void Save(ModelWriter writer) => model.Save(writer, Kind);

    public static TunedView Load(ModelReader reader, int dimensions, int classes) => new(KernelRidge.Load(reader, Kind, dimensions, classes));

    /// <summary>The ridge's scores are shares of 1 more or less: their logarithms, going straight on where a share is next to nothing, make probabilities that hold.</summary>
    private static DenseRows Logits(KernelRidge model, DenseRows rows)
    {
        const float Least = 0.02f;
        var scores = model.Score(rows);
        foreach (ref float s in scores.Values.AsSpan()) s = s > Least ? MathF.Log(s) : MathF.Log(Least) + ((s - Least) / Least);
        return scores;
    }
}
