using System.Runtime.CompilerServices;

namespace Kindred.Vectors.Indexes;

/// <content>The search for all that is near enough.</content>
internal sealed unsafe partial class HnswGraph
{
    /// <summary>
    /// Walks on from every node that is near enough, and from the ef nearest of those that are not, by which the near ones are found and the gaps between
    /// them crossed.
    /// </summary>
    /// <param name="query">The query as floats.</param>
    /// <param name="entry">Where to start.</param>
    /// <param name="score">Its score.</param>
    /// <param name="minimum">The least score of a hit.</param>
    /// <param name="ef">How many nodes that score less are kept.</param>
    /// <param name="admitted">Which nodes may be hits; the way leads through all.</param>
    /// <param name="scratch">For the walk.</param>
    /// <param name="hits">Receives the hits in no order.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SearchRange<TAdmitted>(float* query, int entry, float score, float minimum, int ef, TAdmitted admitted, HnswScratch scratch, List<HnswCandidate> hits)
        where TAdmitted : struct, IAdmitted
    {
        var seen = scratch.Begin(Count, ef, out ushort round);
        var below = scratch.Pool;
        int[] rows = scratch.Rows;
        float[] scores = scratch.Scores;
        seen[entry] = round;
        (rows[0], scores[0]) = (entry, score);
        int held = 0, waiting = 0, fresh = 1;
        while (true)
        {
            for (int i = 0; i < fresh; i++)
            {
                var candidate = new HnswCandidate(scores[i], rows[i]);
                if (candidate.Score >= minimum)
                {
                    if (admitted.Admits(candidate.Node)) hits.Add(candidate);
                }
                else
                {
                    if (held == ef && candidate.Score <= below[held - 1].Score) continue;
                    Insert(below, held, candidate);
                    if (held < ef) held++;
                }

                Push(scratch, ref waiting, candidate);
            }

            if (waiting == 0) return;
            var nearest = Pop(scratch.Frontier, ref waiting);
            if (nearest.Score < minimum && held == ef && nearest.Score < below[held - 1].Score) return;
            fresh = Unseen(nearest.Node, seen, round, rows, _earlyBytes);
            ScoreRows(query, rows.AsSpan(0, fresh), scores);
        }
    }
}
