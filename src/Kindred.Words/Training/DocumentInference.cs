namespace Kindred.Words.Training;

/// <summary>Finds a document's vector while words and outputs are held still (Le &amp; Mikolov 2014, section 2.2, the inference stage).</summary>
internal sealed class DocumentInference(WordTrainingOptions options, RowMatrix inputs, RowMatrix outputs, NoiseTable? noise, HuffmanTree? tree)
{
    /// <param name="places">The document's words.</param>
    /// <param name="document">Receives shape [dimensions].</param>
    /// <param name="epochs">Passes over the words.</param>
    internal void Run(ReadOnlySpan<int> places, Span<float> document, int epochs)
    {
        var random = new Xoshiro((ulong)options.Seed);
        foreach (ref float x in document) x = (random.NextSingle() - 0.5f) / document.Length;
        float[] hidden = new float[document.Length], change = new float[document.Length];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            float rate = (float)(options.Rate * (1 - ((double)epoch / epochs)));
            for (int i = 0; i < places.Length; i++)
            {
                document.CopyTo(hidden);
                if (options.Method == WordTrainingMethod.DocumentMemory) AddWindow(places, i, 1 + random.Below(options.Window), hidden);
                Array.Clear(change);
                if (tree is null)
                {
                    Learn(places[i], true);
                    for (int n = 0; n < options.Negative; n++)
                        if (noise!.Draw(ref random) is var other && other != places[i]) Learn(other, false);
                }
                else
                {
                    var nodes = tree.Nodes(places[i]);
                    for (int n = 0; n < nodes.Length; n++) Learn(nodes[n], !tree.Turns(places[i])[n]);
                }
                for (int d = 0; d < document.Length; d++) document[d] += change[d];

                void Learn(int row, bool label)
                {
                    var output = outputs[row];
                    float score = 0;
                    for (int d = 0; d < hidden.Length; d++) score += hidden[d] * output[d];
                    float step = rate * ((label ? 1 : 0) - (1 / (1 + MathF.Exp(-score))));
                    for (int d = 0; d < hidden.Length; d++) change[d] += step * output[d];
                }
            }
        }
    }

    private void AddWindow(ReadOnlySpan<int> places, int middle, int reach, float[] hidden)
    {
        int from = Math.Max(0, middle - reach), to = Math.Min(places.Length - 1, middle + reach);
        for (int j = from; j <= to; j++)
        {
            if (j == middle) continue;
            var row = inputs[places[j]];
            for (int d = 0; d < hidden.Length; d++) hidden[d] += row[d];
        }
        for (int d = 0; d < hidden.Length; d++) hidden[d] /= 1 + to - from;
    }
}
