using Kindred.Vectors.Indexes;
using Kindred.Vectors.Metrics;
using Kindred.Words.Kernels;

namespace Kindred.Words.Evaluation;

/// <summary>Answers many analogies at once. Their words are few, so the cosines of each of these with a block of the vocabulary are worked out once
/// (a blocked matrix product), and a question adds up three lines of that table.</summary>
/// <param name="dimensions">Length of a row.</param>
/// <param name="unit">Copies the row of an index at unit length.</param>
/// <param name="candidates">The indices among which answers are sought, ascending, each with a direction.</param>
internal sealed unsafe class AnalogyScan(int dimensions, Files.RowCopier unit, int[] candidates)
{
    /// <summary>Candidates of a block: the table of a thousand words with it fits a core's cache.</summary>
    private const int Block = 256;

    /// <summary>Finds for each question the candidate with the best score that is not one of its words; of equals the first.</summary>
    /// <param name="questions">Indices of A, B and C.</param>
    /// <param name="rule">The score.</param>
    /// <param name="cancel">Stops between blocks.</param>
    /// <returns>An index a question; -1 where there is no candidate.</returns>
    internal int[] Answer((int A, int B, int C)[] questions, AnalogyRule rule, CancellationToken cancel)
    {
        int[] asked = [.. questions.SelectMany(q => new[] { q.A, q.B, q.C }).Distinct().Order()];
        var slots = asked.Select((index, slot) => (index, slot)).ToDictionary(pair => pair.index, pair => pair.slot);
        // where each of them stands among the candidates, or below zero
        int[] places = [.. asked.Select(index => Array.BinarySearch(candidates, index))];
        var lines = questions.Select(q => (A: slots[q.A], B: slots[q.B], C: slots[q.C])).ToArray();

        int padded = (asked.Length + QueryTile.Rows - 1) / QueryTile.Rows * QueryTile.Rows;
        using var words = new Files.NativeRows(padded, dimensions);
        words.Clear();
        for (int i = 0; i < asked.Length; i++) unit(asked[i], words[i]);

        int blocks = (candidates.Length + Block - 1) / Block, workers = Math.Clamp(Environment.ProcessorCount, 1, Math.Max(blocks, 1));
        var parts = new (float Score, int Place)[workers][];
        Parallel.For(0, workers, new ParallelOptions { CancellationToken = cancel }, worker =>
        {
            var best = new (float Score, int Place)[lines.Length];
            Array.Fill(best, (float.NegativeInfinity, -1));
            float* table = (float*)NativeBlock.Allocate((nuint)padded * Block * sizeof(float));
            float* tile = (float*)NativeBlock.Allocate((nuint)dimensions * QueryTile.Queries * sizeof(float));
            try
            {
                for (int block = (int)((long)blocks * worker / workers); block < (int)((long)blocks * (worker + 1) / workers); block++)
                {
                    cancel.ThrowIfCancellationRequested();
                    int first = block * Block, count = Math.Min(Block, candidates.Length - first);
                    Fill(table, tile, words, first, count, rule);
                    for (int q = 0; q < lines.Length; q++)
                    {
                        var (a, b, c) = lines[q];
                        float* x = table + ((long)a * Block), y = table + ((long)b * Block), z = table + ((long)c * Block);
                        bool ownWords = Within(places[a]) || Within(places[b]) || Within(places[c]);
                        if (!ownWords && !(AnalogyKernel.Max(x, y, z, count, rule) > best[q].Score)) continue;
                        for (int i = 0; i < count; i++)
                        {
                            float score = AnalogyKernel.Score(x[i], y[i], z[i], rule);
                            if (score > best[q].Score && first + i != places[a] && first + i != places[b] && first + i != places[c]) best[q] = (score, first + i);
                        }
                    }

                    bool Within(int place) => place >= first && place < first + count;
                }
            }
            finally
            {
                NativeBlock.Free(table);
                NativeBlock.Free(tile);
            }
            parts[worker] = best;
        });

        int[] answers = new int[questions.Length];
        for (int q = 0; q < answers.Length; q++)
        {
            var best = parts[0][q];
            for (int worker = 1; worker < workers; worker++)
                if (parts[worker][q].Score > best.Score) best = parts[worker][q];
            answers[q] = best.Place < 0 ? -1 : candidates[best.Place];
        }
        return answers;
    }

    /// <summary>Cosines of all asked words with a block of candidates; for 3CosMul moved to 0 to 1.</summary>
    private void Fill(float* table, float* tile, Files.NativeRows words, int first, int count, AnalogyRule rule)
    {
        float* sums = stackalloc float[QueryTile.MostRows * QueryTile.Queries];
        float** rows = stackalloc float*[QueryTile.MostRows];
        float[] row = new float[dimensions];
        for (int at = 0; at < count; at += QueryTile.Queries)
        {
            for (int i = 0; i < QueryTile.Queries; i++)
            {
                if (at + i < count) unit(candidates[first + at + i], row);
                else Array.Clear(row);
                for (int j = 0; j < dimensions; j++) tile[(j * QueryTile.Queries) + i] = row[j];
            }
            for (long slot = 0; slot < words.Count; slot += QueryTile.Rows)
            {
                for (int r = 0; r < QueryTile.Rows; r++) rows[r] = words.Start + ((slot + r) * dimensions);
                QueryTile.Fold<DotStep>(tile, rows, dimensions, sums);
                for (int r = 0; r < QueryTile.Rows; r++)
                {
                    float* line = table + ((slot + r) * Block) + at;
                    for (int i = 0; i < QueryTile.Queries; i++) line[i] = rule == AnalogyRule.Add ? sums[(r * QueryTile.Queries) + i] : (1 + sums[(r * QueryTile.Queries) + i]) / 2;
                }
            }
        }
    }
}
