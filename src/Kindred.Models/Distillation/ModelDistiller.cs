using Kindred.Learning.Reduction;

namespace Kindred.Models.Distillation;

/// <summary>
/// Makes a static model of a sentence encoder (Model2Vec, Tulkens and van Dongen 2024): each token through the teacher, the mean taken off, principal
/// components, weights by frequency (SIF, Arora et al. 2017, with Zipf's law over the ranks). With texts the vectors are then fitted so that
/// their sums follow the teacher's vectors of whole texts (after Tokenlearn, MinishLab 2024; here by least squares).
/// </summary>
public static class ModelDistiller
{
    /// <summary>The a of a / (a + p). Of 1e-4, 1e-3 and 1e-2 the one that is best on STS-B.</summary>
    private const double Sif = 1e-3;

    /// <summary>Texts a call of the teacher.</summary>
    private const int Batch = 2048;

    /// <summary>Distills and writes the folder: model.safetensors, tokenizer.json and config.json, as MinishLab's model2vec has them.</summary>
    /// <param name="teacher">A model with a network.</param>
    /// <param name="folder">Where to write; a folder that is not there yet, or empty.</param>
    /// <param name="options">What to make it of.</param>
    /// <param name="progress">Told how many inputs of how many went through the teacher.</param>
    /// <param name="cancel">Stops the work; nothing is written then.</param>
    /// <exception cref="ArgumentException">The teacher is a static model, more dimensions are asked for than it has, or the folder has files in it.</exception>
    public static async Task<DistillationResult> RunAsync(
        EmbeddingModel teacher, string folder, DistillationOptions options, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (teacher.Network is not { } network) throw new ArgumentException($"{teacher.Name} is static already; a model with a network is wanted.", nameof(teacher));
        if (options.Dimensions > teacher.Dimensions) throw new ArgumentException($"{options.Dimensions} dimensions are asked for, {teacher.Name} has {teacher.Dimensions}.", nameof(options));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new ArgumentException($"{folder} has files in it.", nameof(folder));

        var vocabulary = StaticVocabulary.Of(teacher.Tokenizer, options.Words);
        using var use = network.Enter();
        int total = vocabulary.Tokens.Count + options.Texts.Count;
        var rows = await EncodeAsync([.. vocabulary.TeacherIds(teacher.Tokenizer, teacher.MaxTokens)], 0).ConfigureAwait(false);
        TakeMeanOff(rows);
        double[] weights = Weights(vocabulary.Ranks);
        if (options.Texts.Count > 0)
        {
            int[][] texts = [.. options.Texts.Select(text => teacher.Tokenizer.Encode(text, teacher.MaxTokens, out _))];
            var targets = await EncodeAsync(texts, rows.Length).ConfigureAwait(false);
            TakeMeanOff(targets);
            for (int i = 0; i < rows.Length; i++)
                for (int j = 0; j < rows[i].Length; j++) rows[i][j] *= (float)weights[i];
            Array.Fill(weights, 1);
            TokenFit.Fit(rows, [.. options.Texts.Select(vocabulary.Encode)], targets, cancel);
        }

        float[][] projected = Pca.Project([.. rows.Select(row => (ReadOnlyMemory<float>)row)], options.Dimensions, cancel);
        StaticFolder.Write(folder, teacher.Name, vocabulary, projected, weights);
        return new DistillationResult(vocabulary.Tokens.Count, options.Dimensions, vocabulary.Skipped);

        async Task<float[][]> EncodeAsync(int[][] ids, int before)
        {
            var vectors = new List<float[]>(ids.Length);
            foreach (int[][] batch in ids.Chunk(Batch))
            {
                vectors.AddRange(await Task.Run(() => network.EncodeIds(batch, teacher.Dimensions, cancel), cancel).ConfigureAwait(false));
                progress?.Invoke(before + vectors.Count, total);
            }

            return [.. vectors];
        }
    }

    private static void TakeMeanOff(float[][] rows)
    {
        double[] mean = new double[rows[0].Length];
        foreach (float[] row in rows)
            for (int j = 0; j < mean.Length; j++) mean[j] += row[j] / (double)rows.Length;
        foreach (float[] row in rows)
            for (int j = 0; j < mean.Length; j++) row[j] -= (float)mean[j];
    }

    /// <summary>a / (a + p), p by Zipf's law; the ranks begin at 2, as Model2Vec has it, which tames the commonest.</summary>
    private static double[] Weights(IReadOnlyList<int> ranks)
    {
        double sum = 0;
        for (int r = 0; r < ranks.Count; r++) sum += 1.0 / (r + 2);
        return [.. ranks.Select(rank => Sif / (Sif + (1 / ((rank + 2) * sum))))];
    }
}
