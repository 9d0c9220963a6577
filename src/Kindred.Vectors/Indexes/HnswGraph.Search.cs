using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Kindred.Vectors.Quantizers;

namespace Kindred.Vectors.Indexes;

/// <content>The walks: to the ground level, along it, and among what is admitted.</content>
internal sealed unsafe partial class HnswGraph
{
    /// <summary>Finds the entry of the ground level: the nearest node that steps to ever nearer neighbours lead to.</summary>
    public int Descend(float* query, int downTo, out float score)
    {
        int node, top;
        lock (_entryLock) (node, top) = (Entry, Top);
        score = Score(query, node);
        for (int level = top; level > downTo; level--) node = Step(query, node, level, ref score);
        return node;
    }

    /// <summary>Searches the ground level, every node admitted: the pool then holds the nearest found, nearest first.</summary>
    /// <param name="codec">Scores codes instead of rows; null for the rows themselves.</param>
    /// <param name="codes">The codes, if there is a codec.</param>
    /// <param name="query">The query as floats, or as the codec has prepared it.</param>
    /// <param name="entry">Where to start.</param>
    /// <param name="score">Its score.</param>
    /// <param name="ef">Candidates kept.</param>
    /// <param name="scratch">Receives the candidates.</param>
    /// <returns>How many candidates the pool holds.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int SearchGround(VectorCodec? codec, byte* codes, byte* query, int entry, float score, int ef, HnswScratch scratch)
    {
        var seen = scratch.Begin(Count, ef, out ushort round);
        var pool = scratch.Pool;
        int[] rows = scratch.Rows;
        float[] scores = scratch.Scores;
        seen[entry] = round;
        pool[0] = new HnswCandidate(score, entry);
        int held = 1, at = 0, early = codec is null ? _earlyBytes : 0;
        while (at < held)
        {
            int node = pool[at].Mark;
            pool[at] = pool[at].Followed;
            int fresh = Unseen(node, seen, round, rows, early);

            // its links are wanted next, unless something nearer turns up
            if (at + 1 < held && Sse.IsSupported)
            {
                Sse.Prefetch0(Links(pool[at + 1].Node));
                Sse.Prefetch0((byte*)Links(pool[at + 1].Node) + 64);
            }

            if (codec is null) ScoreRows((float*)query, rows.AsSpan(0, fresh), scores);
            else codec.Score(query, codes, codec.CodeBytes, rows.AsSpan(0, fresh), scores);
            int first = at + 1;
            for (int i = 0; i < fresh; i++)
            {
                float found = scores[i];
                if (held == ef && found <= pool[held - 1].Score) continue;
                int place = Insert(pool, held, new HnswCandidate(found, rows[i]));
                if (held < ef) held++;
                if (place < first) first = place;
            }

            at = first;
            while (at < held && pool[at].IsFollowed) at++;
        }

        return held;
    }

    /// <summary>Searches the ground level for nodes that are admitted, by way of all others: the pool then holds the nearest of them.</summary>
    /// <param name="codec">Scores codes instead of rows; null for the rows themselves.</param>
    /// <param name="codes">The codes, if there is a codec.</param>
    /// <param name="query">The query as floats, or as the codec has prepared it.</param>
    /// <param name="entry">Where to start.</param>
    /// <param name="score">Its score.</param>
    /// <param name="admitted">Which nodes may be hits.</param>
    /// <param name="narrowing">How many of them are enough.</param>
    /// <param name="scratch">Receives the candidates.</param>
    /// <returns>How many candidates the pool holds; −1 when the walk was given up.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int SearchAdmitted<TAdmitted>(VectorCodec? codec, byte* codes, byte* query, int entry, float score, TAdmitted admitted, HnswNarrowing narrowing, HnswScratch scratch)
        where TAdmitted : struct, IAdmitted
    {
        int room = narrowing.Room;
        var seen = scratch.Begin(Count, room, out ushort round);
        var pool = scratch.Pool;
        int[] rows = scratch.Rows;
        float[] scores = scratch.Scores;
        seen[entry] = round;
        int held = 0, waiting = 0, kept = narrowing.Ef, early = codec is null ? _earlyBytes : 0;
        long met = 1, admittedMet = 0;
        Push(scratch, ref waiting, new HnswCandidate(score, entry));
        if (admitted.Admits(entry)) (pool[held++], admittedMet) = (new HnswCandidate(score, entry), 1);
        while (waiting > 0)
        {
            var nearest = Pop(scratch.Frontier, ref waiting);
            if (held >= kept && nearest.Score < pool[kept - 1].Score) break;
            int fresh = Unseen(nearest.Node, seen, round, rows, early);
            met += fresh;
            if (met > narrowing.Most) return -1;
            if (codec is null) ScoreRows((float*)query, rows.AsSpan(0, fresh), scores);
            else codec.Score(query, codes, codec.CodeBytes, rows.AsSpan(0, fresh), scores);
            for (int i = 0; i < fresh; i++)
            {
                bool isAdmitted = admitted.Admits(rows[i]);
                if (isAdmitted) admittedMet++;
                float found = scores[i];
                if (held >= kept && found <= pool[kept - 1].Score) continue;
                Push(scratch, ref waiting, new HnswCandidate(found, rows[i]));
                if (!isAdmitted) continue;
                Insert(pool, held, new HnswCandidate(found, rows[i]));
                if (held < room) held++;
            }

            kept = narrowing.Kept(admittedMet / (double)met);
        }

        return held;
    }

    private static void Push(HnswScratch scratch, ref int waiting, HnswCandidate candidate)
    {
        if (waiting == scratch.Frontier.Length) scratch.GrowFrontier();
        var heap = scratch.Frontier;
        int i = waiting++;
        for (; i > 0 && heap[(i - 1) / 2].Score < candidate.Score; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
        heap[i] = candidate;
    }

    private static HnswCandidate Pop(HnswCandidate[] heap, ref int waiting)
    {
        var nearest = heap[0];
        var last = heap[--waiting];
        int hole = 0;
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= waiting) break;
            if (child + 1 < waiting && heap[child + 1].Score > heap[child].Score) child++;
            if (heap[child].Score <= last.Score) break;
            heap[hole] = heap[child];
            hole = child;
        }

        heap[hole] = last;
        return nearest;
    }

    /// <summary>Puts a candidate into its place; what falls off the end is gone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Insert(HnswCandidate[] pool, int held, HnswCandidate candidate)
    {
        int low = 0, high = held;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (pool[middle].Score >= candidate.Score) low = middle + 1;
            else high = middle;
        }

        Array.Copy(pool, low, pool, low + 1, held - low);
        pool[low] = candidate;
        return low;
    }

    /// <summary>Takes down a node's links that this search has not met, and fetches their rows.</summary>
    /// <returns>How many of <paramref name="rows"/> were filled.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Unseen(int node, Span<ushort> seen, ushort round, int[] rows, int fetchedBytes)
    {
        int* links = Links(node);
        int fresh = 0, nodes = Count;
        for (int i = 0; i < _m0; i++)
        {
            // a free place ends the list; so does what no graph of ours holds
            int next = links[i];
            if ((uint)next >= (uint)nodes) break;
            if (seen[next] == round) continue;
            seen[next] = round;
            rows[fresh++] = next;
            Float32Codec.Fetch((byte*)Row(next), fetchedBytes);
        }

        return fresh;
    }

    /// <summary>Scores rows; long ones, which <see cref="Unseen"/> does not fetch, are fetched before their turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ScoreRows(float* query, ReadOnlySpan<int> rows, Span<float> scores)
    {
        const int Ahead = 4;
        if (_earlyBytes > 0)
        {
            for (int i = 0; i < rows.Length; i++) scores[i] = Score(query, rows[i]);
            return;
        }

        int bytes = _stride * sizeof(float);
        for (int i = 0; i < Math.Min(Ahead, rows.Length); i++) Float32Codec.Fetch((byte*)Row(rows[i]), bytes);
        for (int i = 0; i < rows.Length; i++)
        {
            if (i + Ahead < rows.Length) Float32Codec.Fetch((byte*)Row(rows[i + Ahead]), bytes);
            scores[i] = Score(query, rows[i]);
        }
    }

    private int Step(float* query, int node, int level, ref float score)
    {
        for (bool moved = true; moved;)
        {
            moved = false;
            var links = LinksAt(node, level);
            foreach (int next in links)
            {
                if ((uint)next >= (uint)Count) break;
                Float32Codec.Fetch((byte*)Row(next), _stride * sizeof(float));
            }

            foreach (int next in links)
            {
                if ((uint)next >= (uint)Count) break;
                float found = Score(query, next);
                if (found <= score) continue;
                (node, score, moved) = (next, found, true);
            }
        }

        return node;
    }

    /// <summary>The same search on an upper level.</summary>
    private int SearchUpper(float* query, int entry, float score, int level, HnswScratch scratch)
    {
        int ef = _efConstruction;
        var seen = scratch.Begin(Count, ef, out ushort round);
        var pool = scratch.Pool;
        seen[entry] = round;
        pool[0] = new HnswCandidate(score, entry);
        int held = 1, at = 0;
        while (at < held)
        {
            int node = pool[at].Mark, first = at + 1;
            pool[at] = pool[at].Followed;
            foreach (int next in LinksAt(node, level))
            {
                if (next < 0) break;
                if (seen[next] == round) continue;
                seen[next] = round;
                float found = Score(query, next);
                if (held == ef && found <= pool[held - 1].Score) continue;
                int place = Insert(pool, held, new HnswCandidate(found, next));
                if (held < ef) held++;
                if (place < first) first = place;
            }

            at = first;
            while (at < held && pool[at].IsFollowed) at++;
        }

        return held;
    }
}
