using System.Runtime.InteropServices;

namespace Kindred.Words.Training;

/// <summary>The output rows that one word is told from, in tiles: itself and noise, or the nodes of its path.</summary>
internal sealed unsafe class TargetSet : IDisposable
{
    private const int Scores = Tile.Inputs * Tile.RowOfScores;
    private readonly RowMatrix _outputs;
    private readonly float** _rows;
    private readonly float* _labels;
    private readonly float* _spare;
    private readonly int _room;

    /// <param name="outputs">The rows.</param>
    /// <param name="most">Most rows a word.</param>
    internal TargetSet(RowMatrix outputs, int most)
    {
        _outputs = outputs;
        _room = (most + Tile.Targets - 1) / Tile.Targets;
        _rows = (float**)NativeMemory.AllocZeroed((nuint)(_room * Tile.Targets), (nuint)sizeof(float*));
        _labels = (float*)NativeMemory.AlignedAlloc((nuint)(_room * Scores * sizeof(float)), 64);
        _spare = (float*)NativeMemory.AlignedAlloc((nuint)(outputs.Stride * sizeof(float)), 64);
        NativeMemory.Clear(_labels, (nuint)(_room * Scores * sizeof(float)));
        NativeMemory.Clear(_spare, (nuint)(outputs.Stride * sizeof(float)));
    }

    /// <summary>How many rows there are.</summary>
    internal int Count { get; private set; }

    internal int Tiles => (Count + Tile.Targets - 1) / Tile.Targets;

    internal float** Rows(int tile) => _rows + (tile * Tile.Targets);

    internal float* Labels(int tile) => _labels + (tile * Scores);

    /// <summary>Rows of a tile that count; the others are a spare one.</summary>
    internal int Used(int tile) => Math.Min(Tile.Targets, Count - (tile * Tile.Targets));

    /// <summary>The word, then noise that is not the word.</summary>
    internal void Sample(int word, int negative, NoiseTable noise, ref Xoshiro random)
    {
        Count = 0;
        Add(word, true);
        for (int i = 0; i < negative; i++)
        {
            int other = noise.Draw(ref random);
            if (other != word) Add(other, false);
        }
        FillUp();
    }

    /// <summary>The nodes from a word to the root; a turn to the right is label 0, as in word2vec.c.</summary>
    internal void Path(int word, HuffmanTree tree)
    {
        Count = 0;
        var nodes = tree.Nodes(word);
        var turns = tree.Turns(word);
        for (int i = 0; i < nodes.Length; i++) Add(nodes[i], !turns[i]);
        FillUp();
    }

    public void Dispose()
    {
        NativeMemory.Free(_rows);
        NativeMemory.AlignedFree(_labels);
        NativeMemory.AlignedFree(_spare);
    }

    private void Add(int row, bool label)
    {
        _rows[Count] = _outputs.Row(row);
        float* labels = Labels(Count / Tile.Targets) + (Count % Tile.Targets);
        labels[0] = labels[Tile.RowOfScores] = label ? 1 : 0;
        Count++;
        // the rows are needed one word later, and lie anywhere
        _outputs.Prefetch(row);
    }

    private void FillUp()
    {
        for (int i = Count; i < Tiles * Tile.Targets; i++) _rows[i] = _spare;
    }
}
