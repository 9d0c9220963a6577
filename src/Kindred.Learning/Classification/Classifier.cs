using Kindred.Learning.Tables;

namespace Kindred.Learning.Classification;

/// <summary>
/// Learns labels of texts, vectors or both. Each way to look at them (words and characters, naive Bayes, logistic regression, a kernel) is fitted by itself; scores that rows have from learners that have not seen them
/// tell how much each way counts, how sure it may be, and where the line to the outside runs. Any number of threads may call one instance.
/// </summary>
public sealed partial class Classifier
{
    private const int Folds = 5;

    /// <summary>With more scores than this, three folds tell as much.</summary>
    private const long ManyScores = 400_000;

    /// <summary>The most scores of a view, one a row and class.</summary>
    private const long MostScores = 1_000_000_000;

    /// <summary>With more rows than this, a sample of landmarks says little beside all rows.</summary>
    private const int MostKernelRows = 50_000;

    /// <summary>With more rows than this <see cref="Samples.Layers"/> are not looked at: they take four times the room of the vectors and tell little beside so many rows.</summary>
    public const int MostLayerRows = 50_000;

    /// <summary>With fewer rows than this it is chance whether how they are written tells labels apart.</summary>
    private const int LeastStyleRows = 100;

    /// <summary>With fewer rows than this an encoder is not tuned: it is chance then whether that looks good.</summary>
    public const int LeastTunedRows = 100;

    /// <summary>With more rows than this an encoder is not tuned: it takes minutes, and tells less and less beside the others.</summary>
    public const int MostTunedRows = 2_000;

    /// <summary>More classes than this are rather names than classes.</summary>
    public const int MostClasses = 20_000;

    /// <summary>Where classes have fewer rows than this in the mean, their names may help.</summary>
    private const int FewRows = 24;

    /// <summary>Labels that stand together in all rows have scores that differ by less than this share of all scores' spread.</summary>
    private const float AsNear = 0.05f;

    private readonly string[] labels;
    private readonly bool many;
    private readonly int dimensions;
    private readonly float scale;
    private readonly int layers;
    private readonly float layerScale;
    private readonly TermFeatures? terms;
    private readonly View[] views;
    private readonly Blend blend;
    private readonly float[] offsets;
    private readonly int outside;
    private readonly OutsideDetector? detector;
    private readonly KeptRows? kept;
    private readonly int tunedDimensions;

    private Classifier(string[] labels, bool many, bool nearestOnly, string labelSeparator, int dimensions, float scale, int layers, float layerScale, TermFeatures? terms, View[] views, Blend blend, float[] offsets, int outside, OutsideDetector? detector, KeptRows? kept, string outsideLabel, string encoder, TableEncoder? table, int tunedDimensions, ReadOnlyMemory<byte> tuning)
    {
        (this.labels, this.many, NearestOnly, LabelSeparator) = (labels, many, nearestOnly, labelSeparator);
        (this.dimensions, this.scale, this.layers, this.layerScale) = (dimensions, scale, layers, layerScale);
        (this.terms, this.views, this.blend, this.offsets) = (terms, views, blend, offsets);
        (this.outside, this.detector, this.kept, OutsideLabel, Encoder, Table) = (outside, detector, kept, outsideLabel, encoder, table);
        (this.tunedDimensions, Tuning) = (tunedDimensions, tuning);
    }

    /// <summary>The labels, in the order of <see cref="Prediction.Probabilities"/>.</summary>
    public IReadOnlyList<string> Labels => labels;

    /// <summary>Whether a row may have several labels, or none.</summary>
    public bool HasSeveralLabels => many;

    /// <summary>Whether each row gets the label that is nearest to it alone: rows may have several labels, but so few have the same one that nothing tells where yes ends.</summary>
    public bool NearestOnly { get; }

    /// <summary>What parted the labels of a row that it was fitted to, as <see cref="ClassifierOptions.LabelSeparator"/> said.</summary>
    public string LabelSeparator { get; }

    /// <summary>The label of what belongs to no class; empty where the set of classes is closed.</summary>
    public string OutsideLabel { get; }

    /// <summary>What made the vectors, as <see cref="ClassifierOptions.Encoder"/> said.</summary>
    public string Encoder { get; }

    /// <summary>What the encoder is tuned by for <see cref="Samples.Tuned"/>, as <see cref="TunedVectors.Tuning"/> was; empty where it reads none.</summary>
    public ReadOnlyMemory<byte> Tuning { get; }

    /// <summary>How the rows of a table become its vectors; null where it does not read a table.</summary>
    public TableEncoder? Table { get; }

    /// <summary>Whether it reads texts.</summary>
    public bool NeedsTexts => terms is not null;

    /// <summary>The length of the vectors it reads; 0 where it reads texts only.</summary>
    public int Dimensions => dimensions;

    /// <summary>The length of the <see cref="Samples.Layers"/> it reads; 0 where it reads none.</summary>
    public int LayerDimensions => layers;

    /// <summary>Whether it kept the rows it learnt from, so that <see cref="Explain"/> can show them.</summary>
    public bool CanExplain => kept is not null;

    /// <summary>How much each way to look at the rows counts.</summary>
    public IReadOnlyList<(string View, float Weight)> Weights => [.. views.Select((v, i) => (v.Name, blend.Weights[i]))];

    /// <summary>What it says of rows it has not seen, by cross-validation; null for one that was loaded, and where no label has two rows.</summary>
    public ClassificationReport? Validation { get; private set; }

    /// <summary>Learns from rows with a label each.</summary>
    /// <param name="rows">Shape [n].</param>
    /// <param name="labels">Shape [n], none of them empty.</param>
    /// <param name="options">How to; null for the defaults.</param>
    /// <param name="progress">Is told what is in hand.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="ArgumentException">Rows and labels are not as many, there is one class only or over <see cref="MostClasses"/>, or a value is not finite.</exception>
    public static Classifier Fit(Samples rows, IReadOnlyList<string> labels, ClassifierOptions? options = null, IProgress<string>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Fit(rows, [.. labels.Select(l => new[] { l })], many: false, options ?? new(), progress, cancel);
    }

    /// <summary>Learns from rows with several labels each, or none.</summary>
    /// <inheritdoc cref="Fit(Samples, IReadOnlyList{string}, ClassifierOptions?, IProgress{string}?, CancellationToken)"/>
    public static Classifier FitSeveral(Samples rows, IReadOnlyList<IReadOnlyCollection<string>> labels, ClassifierOptions? options = null, IProgress<string>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Fit(rows, [.. labels.Select(l => l.Distinct(StringComparer.Ordinal).ToArray())], many: true, options ?? new(), progress, cancel);
    }

    /// <summary>Checks labels as <see cref="Fit(Samples, IReadOnlyList{string}, ClassifierOptions?, IProgress{string}?, CancellationToken)"/> does: before long work on the rows, not after it.</summary>
    /// <param name="labels">Shape [n]: those of each row.</param>
    /// <param name="several">Whether a row may have several.</param>
    /// <param name="outsideLabel">As <see cref="ClassifierOptions.OutsideLabel"/>.</param>
    /// <exception cref="ArgumentException">One is empty, or there is one row or one class only or over <see cref="MostClasses"/>.</exception>
    public static void CheckLabels(IReadOnlyList<IReadOnlyCollection<string>> labels, bool several, string? outsideLabel)
    {
        ArgumentNullException.ThrowIfNull(labels);
        NamesOf(labels, several, outsideLabel);
    }

    private static string[] NamesOf(IReadOnlyList<IReadOnlyCollection<string>> given, bool many, string? outsideLabel)
    {
        int empty = given.Index().FirstOrDefault(g => g.Item.Any(string.IsNullOrWhiteSpace), (-1, [])).Index;
        if (empty >= 0) throw new ArgumentException($"Row {empty} has an empty label.", nameof(given));
        string[] names = [.. given.SelectMany(g => g).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        int inside = names.Count(n => n != outsideLabel);
        if (inside < (many ? 1 : 2)) throw new ArgumentException(inside == 0 ? "No row has a label." : $"All rows have the label \"{names.First(n => n != outsideLabel)}\": two are wanted at least.", nameof(given));
        if (given.Count == 1) throw TooFew.Rows(1, "learn labels", 2, nameof(given));
        return names.Length <= MostClasses ? names : throw new ArgumentException($"{names.Length} different labels: {MostClasses} can be learnt at most. Is it a column of names or numbers?", nameof(given));
    }

    private static Classifier Fit(Samples rows, string[][] given, bool many, ClassifierOptions options, IProgress<string>? progress, CancellationToken cancel)
    {
        Check(rows);
        if (rows.RowNumbers is { } called && called.Count != rows.Count) throw new ArgumentException($"{called.Count} row numbers and {rows.Count} rows: as many of each are wanted.", nameof(rows));
        if (rows.Count != given.Length) throw new ArgumentException($"{rows.Count} rows and {given.Length} labels: as many of each are wanted.", nameof(rows));
        string[] names = NamesOf(given, many, options.OutsideLabel);
        if ((long)rows.Count * names.Length > MostScores) throw new ArgumentException($"{rows.Count} rows by {names.Length} labels are more than can be weighed: take a sample of at most {MostScores / names.Length} rows.", nameof(rows));
        var places = names.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        int[][] numbers = [.. given.Select(g => g.Select(l => places[l]).Order().ToArray())];
        var targets = many ? Targets.Of(numbers, names.Length) : Targets.Of([.. numbers.Select(l => l[0])], names.Length);
        int outside = options.OutsideLabel is { } label && places.TryGetValue(label, out int place) ? place : -1;

        bool wordsOnly = options.Method == ClassifierMethod.Words, vectorsOnly = options.Method is ClassifierMethod.Logistic or ClassifierMethod.Knn or ClassifierMethod.Centroid or ClassifierMethod.Boosting;
        if (wordsOnly && rows.Texts is null) throw new ArgumentException("There are no texts to find words in.", nameof(rows));
        if (vectorsOnly && rows.Vectors is null) throw new ArgumentException($"The method {options.Method} reads vectors, and there are none.", nameof(rows));
        var extra = many ? null : LabelRows(options, names, outside, rows);
        if (many && options.Method == ClassifierMethod.Boosting) throw new ArgumentException("Boosted trees learn one label a row.", nameof(options));
        var used = new Samples(vectorsOnly ? null : rows.Texts, wordsOnly ? null : rows.Vectors);
        var terms = used.Texts is null ? null : TermFeatures.Learn(used.Texts, names.Length, cancel);
        var vectors = used.Vectors is null ? null : DenseRows.Copy(used.Vectors);
        var states = options.Method == ClassifierMethod.Auto && rows.Count <= MostLayerRows && rows.Layers is not null ? DenseRows.Copy(rows.Layers) : null;
        float scale = vectors is null ? 1 : Scale(vectors), layerScale = states is null ? 1 : Scale(states);
        var prepared = Prepare(used.Texts, vectors, terms, scale, states, layerScale);
        bool tunes = options.Tune is not null && used.Texts is not null && !many && options.Method == ClassifierMethod.Auto && rows.Count >= LeastTunedRows && rows.Count <= Math.Min(MostTunedRows, FewRows * names.Length)
            && numbers.CountBy(l => l[0]).Count(l => l.Key != outside && l.Value >= TunedView.Folds) > 1;

        // all views are weighed by as much as the tuned encoder has seen
        int[] folds = targets.Folds(tunes ? TunedView.Folds : Math.Min((long)rows.Count * names.Length > ManyScores ? 3 : Folds, rows.Count));
        var (ownRows, ownTargets, ownFolds) = (prepared, targets, folds);

        (string[], int[])? said = null;

        // a label's own name is a row more for each class, if that helps
        if (extra is { } named && vectors is not null && used.Vectors is not null && rows.Count <= FewRows * names.Length)
        {
            progress?.Report("label names");
            var more = Prepare(used.Texts is null ? null : [.. used.Texts, .. named.Texts], DenseRows.Copy([.. used.Vectors, .. named.Vectors]), terms, scale, null, 1);
            var moreTargets = Targets.Of([.. numbers.Select(l => l[0]), .. named.Classes], names.Length);
            int[] moreFolds = [.. folds, .. named.Classes.Select(_ => -1)];
            LogisticView.Fit(LogisticView.Kind, prepared, targets, folds, out var without, cancel);
            LogisticView.Fit(LogisticView.Kind, more, moreTargets, moreFolds, out var with, cancel);
            if (Blend.Fit([Head(with, rows.Count)], targets).Loss < Blend.Fit([without], targets).Loss)
            {
                (prepared, targets, folds) = (more, moreTargets, moreFolds);
                said = (named.Texts, named.Classes);
            }
        }

        TunedVectors? tuned = null;
        var views = new List<View>();
        var scores = new List<DenseRows>();
        switch (options.Method)
        {
            case ClassifierMethod.Knn:
                Take("neighbours", () => (NearestView.Fit(NearestView.Neighbors, prepared, targets, folds, out var s), s));
                break;
            case ClassifierMethod.Boosting:
                Boost();
                break;
            case ClassifierMethod.Centroid:
                Take("centroids", () => (NearestView.Fit(NearestView.Centroid, prepared, targets, folds, out var s), s));
                break;
            default:
                if (prepared.Vectors is not null)
                {
                    Take("logistic regression", () => (LogisticView.Fit(LogisticView.Kind, prepared, targets, folds, out var s, cancel), s));
                    if (options.Method == ClassifierMethod.Auto && prepared.Count <= MostKernelRows) Take("kernel", () => (KernelView.Fit(KernelView.Kind, prepared, targets, folds, out var s, cancel), s));
                }

                if (states is not null)
                {
                    Take("the encoder's layers", () => (LogisticView.Fit(LogisticView.OnLayers, ownRows, ownTargets, ownFolds, out var s, cancel), s));
                    if (!many && vectors is not null && states.Width % vectors.Width == 0) Take("kernel on the layers", () => (KernelView.Fit(KernelView.OnLayers, ownRows, ownTargets, ownFolds, out var s, cancel), s));
                }

                if (tunes)
                    Take("tuning the encoder", () => (TunedView.Fit(options.Tune!, used.Texts!, ownTargets, ownFolds, said, outside, out var s, out tuned, progress, cancel), s));
                if (options.Table is not null && !many && options.Method == ClassifierMethod.Auto) Boost();
                if (prepared.Terms is not null)
                {
                    if (!many && rows.Count is >= LeastStyleRows and <= MostKernelRows && (long)rows.Count * names.Length <= ManyScores)
                    {
                        var styled = ownRows with { Style = StyleFeatures.Of(used.Texts!) };
                        Take("style", () => (KernelView.Fit(KernelView.OnStyle, styled, ownTargets, ownFolds, out var s, cancel), s));
                    }

                    Take("words and characters", () => (TermsView.FitHinge(prepared, targets, folds, out var s, cancel), s));
                    if (!many) Take("naive Bayes", () => (TermsView.FitBayes(prepared, targets, folds, out var s), s));
                }

                break;
        }

        // a row whose label no other has teaches those that have not seen it nothing
        bool measured = numbers.SelectMany(l => l).Where(l => l != outside).CountBy(l => l).Any(l => l.Value > 1);
        bool saysNo = many && (names.Length == 1 || numbers.Any(l => l.Length == 0));   // a row without a label
        var blend = Weigh(out bool told);
        int kernel = views.FindIndex(IsKernel);
        if (many && views.Count > 1 && kernel >= 0 && (!told || !blend.Weights.Where((w, v) => v != kernel && w > 0).Any()))
        {
            // the kernel's scores run from 0 to 1: where nothing weighs against them they would say yes to every label
            views.RemoveAt(kernel);
            scores.RemoveAt(kernel);
            (blend, kernel) = (Weigh(out told), -1);
        }

        var logits = blend.Mix(scores);
        var detector = options.OutsideLabel is null || many ? null : OutsideDetector.Fit(logits, kernel < 0 ? logits : scores[kernel], ownTargets, outside, cancel);

        // a view that does not count need not be kept; the detector looks at the kernel
        for (int v = views.Count - 1; v >= 0; v--)
        {
            if (blend.Weights[v] > 0 || (v == kernel && detector is not null) || views.Count == 1) continue;
            views.RemoveAt(v);
            scores.RemoveAt(v);
            blend = blend with { Weights = [.. blend.Weights.Where((_, i) => i != v)] };
        }

        bool nearestOnly = many && !told && !saysNo;
        kernel = views.FindIndex(IsKernel);
        if (!views.Exists(v => v is TunedView)) tuned = null;
        float[] offsets = many ? new float[names.Length] : DecisionOffsets.Choose(logits, ownTargets, outside);
        var kept = options.KeepRows ? new KeptRows(rows.Texts ?? rows.Names, vectors, numbers, rows.RowNumbers is { } numbered ? [.. numbered] : null) : null;
        int read = views.Exists(v => v.Name is LogisticView.OnLayers or KernelView.OnLayers) ? states!.Width : 0;
        var fitted = new Classifier(names, many, nearestOnly, options.LabelSeparator, vectors?.Width ?? 0, scale, read, layerScale, terms, [.. views], blend, offsets, outside, detector, kept, options.OutsideLabel ?? "", options.Encoder, options.Table,
            tuned?.Vectors[0].Length ?? 0, tuned?.Tuning() ?? default);
        if (measured) fitted.Validation = fitted.Report(fitted.Decide(logits, kernel < 0 ? logits : scores[kernel]), given);
        return fitted;

        Blend Weigh(out bool told)
        {
            // the words that a few rows share are mostly chance (I, it, was): where nothing else is known, meaning counts alone
            bool[] trusted = [.. views.Select(v => saysNo || !OfWords(v) || views.TrueForAll(OfWords))];
            told = measured;
            if (!measured) return new Blend([.. Blend.Alike(scores, trusted).Select(w => (float)w)], new float[names.Length]);
            int tunedAt = views.FindIndex(v => v is TunedView);
            if (tunedAt < 0)
            {
                (var plain, _, told) = Blend.Fit(scores, ownTargets, trusted);
                return plain;
            }

            // the tuned encoder has read the words and the layers already: beside it the others only blur, unless they know better
            DenseRows[] others = [.. scores.Where((_, v) => v != tunedAt)];
            var mixed = Blend.Fit(others, ownTargets, [.. trusted.Where((_, v) => v != tunedAt)]).Blend.Mix(others);
            if (Right(scores[tunedAt]) <= Right(mixed)) return Blend.Fit(scores, ownTargets, trusted).Blend;
            var alone = Blend.Fit([scores[tunedAt]], ownTargets).Blend;
            return alone with { Weights = [.. views.Select((_, v) => v == tunedAt ? alone.Weights[0] : 0)] };
        }

        int Right(DenseRows given) => Enumerable.Range(0, given.Count).Count(i => !given[i].ContainsAnyInRange(MathF.BitIncrement(given[i][ownTargets[i][0]]), float.PositiveInfinity));

        void Boost()
        {
            Take("boosted trees", () => (BoostingView.Fit(prepared, targets, folds, out var s, cancel), s));
            var plain = (BoostingView)views[^1];
            if (options.Table is { Numbers: >= 2 } table) Take("boosted trees on pairs", () => (plain.FitPairs(prepared, targets, folds, table, scale, out var s, cancel), s));
        }

        void Take(string what, Func<(View, DenseRows)> fit)
        {
            progress?.Report(what);
            var (view, outOfFold) = fit();
            views.Add(view);
            scores.Add(Head(outOfFold, rows.Count));
        }
    }

    /// <summary>What it says of rows.</summary>
    /// <param name="rows">Shape [n], with texts and vectors as it was fitted to.</param>
    /// <exception cref="ArgumentException">Texts or vectors are missing, or of another length than those it was fitted to.</exception>
    public IReadOnlyList<Prediction> Predict(Samples rows)
    {
        Check(rows);
        CheckReadable(rows);
        if (rows.Count == 0) return [];
        const int Piece = 4096;
        var all = new List<Prediction>(rows.Count);
        for (int first = 0; first < rows.Count; first += Piece)
        {
            var prepared = Reading(rows, first, Math.Min(Piece, rows.Count - first));
            DenseRows[] scores = [.. views.Select(v => v.Score(prepared))];
            var logits = blend.Mix(scores);
            int kernel = Array.FindIndex(views, IsKernel);
            all.AddRange(Decide(logits, kernel < 0 ? logits : scores[kernel]));
        }

        return all;
    }

    /// <summary>How good predictions are.</summary>
    /// <param name="predictions">Shape [n].</param>
    /// <param name="labels">Shape [n]: the true labels of each row.</param>
    public ClassificationReport Report(IReadOnlyList<Prediction> predictions, IReadOnlyList<IReadOnlyCollection<string>> labels) => ClassificationReport.Create(this.labels, OutsideLabel, many, predictions, labels);

    private Prediction[] Decide(DenseRows logits, DenseRows near)
    {
        var predictions = new Prediction[logits.Count];
        Parallel.For(0, predictions.Length, i => predictions[i] = many ? DecideSeveral(logits[i]) : DecideOne(logits[i], near[i]));
        return predictions;
    }

    private Prediction DecideOne(ReadOnlySpan<float> logits, ReadOnlySpan<float> near)
    {
        double away = detector?.Score(logits, near, outside) ?? double.NaN;
        float[] chances = logits.ToArray();
        if (outside >= 0 && detector is not null) chances[outside] = float.NegativeInfinity;
        Softmax.Apply(chances);
        int best = 0;
        for (int c = 1; c < chances.Length; c++)
            if (Math.Log(chances[c]) + offsets[c] > Math.Log(chances[best]) + offsets[best] || chances[best] == 0) best = c;
        return away > 0
            ? new Prediction([OutsideLabel], Softmax.Sigmoid(away), chances, away)
            : new Prediction([labels[best]], chances[best], chances, away);
    }

    private Prediction DecideSeveral(ReadOnlySpan<float> logits)
    {
        float[] chances = logits.ToArray();
        float line = NearestOnly ? chances.Max() - (AsNear * (chances.Max() - chances.Min())) : 0;
        foreach (ref float c in chances.AsSpan()) c = (float)Softmax.Sigmoid(c - line);
        int[] yes = [.. Enumerable.Range(0, chances.Length).Where(c => chances[c] >= 0.5f).OrderByDescending(c => chances[c])];
        return new Prediction([.. yes.Select(c => labels[c])], yes.Length > 0 ? chances[yes[^1]] : 1 - chances.Max(), chances, double.NaN);
    }

    private static void Check(Samples rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Texts is null && rows.Vectors is null) throw new ArgumentException("Texts or vectors are wanted.", nameof(rows));
        if (rows.Names is { } called && called.Count != rows.Count) throw new ArgumentException($"{called.Count} names of {rows.Count} rows.", nameof(rows));
        if (rows.Texts is not null && rows.Vectors is not null && rows.Texts.Count != rows.Vectors.Count) throw new ArgumentException($"{rows.Texts.Count} texts and {rows.Vectors.Count} vectors: as many of each are wanted.", nameof(rows));
        if (rows.Tuned is { } tuned && tuned.Count != rows.Count) throw new ArgumentException($"{tuned.Count} tuned vectors of {rows.Count} rows.", nameof(rows));
        if (rows.Layers is { } states && states.Count != rows.Count) throw new ArgumentException($"{states.Count} layers of {rows.Count} rows.", nameof(rows));
    }

    /// <summary>The kernel on the vectors, whose scores tell what is unlike all rows.</summary>
    private static bool IsKernel(View view) => view.Name == KernelView.Kind;

    /// <summary>What words a text has, or how it is written: not what it means.</summary>
    private static bool OfWords(View view) => view is TermsView || view.Name == KernelView.OnStyle;

    private static Prepared Prepare(IReadOnlyList<string>? texts, DenseRows? vectors, TermFeatures? terms, float scale, DenseRows? states, float layerScale)
    {
        Multiply(vectors, scale);
        Multiply(states, layerScale);
        return new Prepared(vectors, states, terms?.Transform(texts!), terms?.Words ?? 0, terms?.Least ?? 1, texts?.Count ?? vectors!.Count);
    }

    private static void Multiply(DenseRows? rows, float by)
    {
        if (rows is null || by == 1) return;
        foreach (ref float x in rows.Values.AsSpan()) x *= by;
    }

    /// <summary>What makes the mean row of length 1, so that one range of penalties fits all vectors.</summary>
    private static float Scale(DenseRows rows)
    {
        double sum = 0;
        foreach (float x in rows.Values) sum += (double)x * x;
        double length = Math.Sqrt(sum / Math.Max(1, rows.Count));
        return length is < 1e-12 or (> 0.99 and < 1.01) ? 1 : (float)(1 / length);
    }

    private static DenseRows Head(DenseRows rows, int count) => rows.Count == count ? rows : new DenseRows(rows.Values[..(count * rows.Width)], count, rows.Width);

    private static (string[] Texts, ReadOnlyMemory<float>[] Vectors, int[] Classes)? LabelRows(ClassifierOptions options, string[] names, int outside, Samples rows)
    {
        if (options.LabelNames is not { } all || rows.Vectors is null || rows.Vectors.Count == 0) return null;
        int[] classes = [.. Enumerable.Range(0, names.Length).Where(c => c != outside && all.ContainsKey(names[c]))];
        return classes.Length == 0 ? null : ([.. classes.Select(c => all[names[c]].Text)], [.. classes.Select(c => all[names[c]].Vector)], classes);
    }
}
