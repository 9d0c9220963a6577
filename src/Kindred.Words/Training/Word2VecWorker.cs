using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kindred.Words.Corpora;

namespace Kindred.Words.Training;

/// <summary>One thread's part of word2vec: its own draws and scratch, the rows shared with the others.</summary>
internal sealed unsafe class Word2VecWorker : IDisposable
{
    private const int LossEvery = 64;

    private readonly WordTrainingOptions _options;
    private readonly RowMatrix _inputs;
    private readonly InputRows? _rows;   // null: a word is one row
    private readonly RowMatrix? _documents;
    private readonly NoiseTable? _noise;
    private readonly HuffmanTree? _tree;
    private readonly uint[] _keep;
    private readonly float* _scratch;
    private readonly int _slots;   // places whose words are made up of rows at a time
    private readonly int _share;   // inputs that have their targets in common
    private TargetSet[] _now, _next;
    private int _reach, _nextReach, _used;
    private readonly int[] _line = new int[10_000];
    private Xoshiro _random;
    private int _places;

    /// <param name="options">Settings.</param>
    /// <param name="inputs">A row a word: what the vectors will be.</param>
    /// <param name="rows">Which rows make a word; null when each is one.</param>
    /// <param name="outputs">A row a word, or a node.</param>
    /// <param name="documents">A row a line, where documents are trained.</param>
    /// <param name="noise">For negative sampling.</param>
    /// <param name="tree">For the hierarchical softmax.</param>
    /// <param name="keep">Chance of each word to be kept, of 2^32.</param>
    internal Word2VecWorker(WordTrainingOptions options, RowMatrix inputs, InputRows? rows, RowMatrix outputs, RowMatrix? documents, NoiseTable? noise, HuffmanTree? tree, uint[] keep)
    {
        (_options, _inputs, _rows, _documents, _noise, _tree, _keep) = (options, inputs, rows, documents, noise, tree, keep);
        int most = tree?.Longest ?? options.Negative + 1;
        _share = tree is not null || options.Method != WordTrainingMethod.SkipGram ? int.MaxValue : Tile.Inputs;
        int sets = _share == int.MaxValue ? 1 : ((2 * options.Window) + _share - 1) / _share;
        _now = [.. Enumerable.Range(0, sets).Select(_ => new TargetSet(outputs, most))];
        _next = [.. Enumerable.Range(0, sets).Select(_ => new TargetSet(outputs, most))];
        _slots = (2 * options.Window) + 2;
        int scratch = (3 + (rows is null ? 0 : 2 * _slots)) * inputs.Stride;
        _scratch = (float*)NativeMemory.AlignedAlloc((nuint)(scratch * sizeof(float)), 64);
        NativeMemory.Clear(_scratch, (nuint)(scratch * sizeof(float)));
    }

    /// <summary>From place 6 - n on: n times 1, and 0 up to the eighth.</summary>
    private static ReadOnlySpan<float> OnesThenZeros => [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Sum of the losses that were looked at.</summary>
    internal double Loss { get; private set; }

    /// <summary>How many were looked at.</summary>
    internal long Looked { get; private set; }

    /// <summary>Trains on a block of lines.</summary>
    /// <param name="places">Words; <see cref="EncodedCorpus.LineEnd"/> or <see cref="EncodedCorpus.Cut"/> ends a run.</param>
    /// <param name="line">The line that the block begins in.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="seed">Seed of this block's draws, so that a block is the same whoever takes it.</param>
    internal void Train(ReadOnlySpan<int> places, int line, float rate, ulong seed)
    {
        _random = new Xoshiro(seed);
        (Loss, Looked) = (0, 0);
        int length = 0;
        foreach (int place in places)
        {
            if (place >= 0)
            {
                if (_keep[place] == uint.MaxValue || (uint)_random.Next() < _keep[place]) _line[length++] = place;
                continue;
            }
            float* document = _documents is null ? null : _documents.Row(line);
            // words alone tell each other nothing; a document tells even one
            if (length > (document is null ? 1 : 0)) Line(_line.AsSpan(0, length), document, rate);
            length = 0;
            if (place == EncodedCorpus.LineEnd) line++;
        }
    }

    public void Dispose()
    {
        foreach (var set in _now) set.Dispose();
        foreach (var set in _next) set.Dispose();
        NativeMemory.AlignedFree(_scratch);
    }

    private void Line(ReadOnlySpan<int> line, float* document, float rate)
    {
        bool composed = _rows is not null && _options.Method == WordTrainingMethod.SkipGram;
        int entered = 0;
        Choose(line, 0);
        for (int i = 0; i < line.Length; i++)
        {
            (_now, _next) = (_next, _now);
            _reach = _nextReach;
            if (i + 1 < line.Length) Choose(line, i + 1);
            int from = Math.Max(0, i - _reach), to = Math.Min(line.Length - 1, i + _reach);
            if (composed)
                for (; entered < line.Length && entered <= i + _options.Window; entered++) Enter(line, entered);
            _used = 0;
            switch (_options.Method)
            {
                case WordTrainingMethod.SkipGram: Pairs(line, i, from, to, rate); break;
                case WordTrainingMethod.Document: Step(document, null, rate); break;
                default: Mean(line, i, from, to, document, rate); break;
            }
            if (composed && i >= _options.Window) Leave(line, i - _options.Window);
        }
        if (composed)
            for (int i = Math.Max(0, line.Length - _options.Window); i < line.Length; i++) Leave(line, i);
    }

    private float* Slot(int place) => _scratch + ((3 + (2 * (place % _slots))) * _inputs.Stride);

    /// <summary>Makes a word up of its rows as it comes near: all windows that it stands in use, and change, this one sum.</summary>
    private void Enter(ReadOnlySpan<int> line, int place)
    {
        if (place + 1 < line.Length)
            foreach (int row in _rows![line[place + 1]]) _inputs.Prefetch(row);
        int stride = _inputs.Stride;
        float* sum = Slot(place);
        new Span<float>(sum, stride).Clear();
        var rows = _rows![line[place]];
        foreach (int row in rows) RowStep.Add(sum, _inputs.Row(row), 1f / rows.Length, stride);
        new Span<float>(sum, stride).CopyTo(new Span<float>(sum + stride, stride));
    }

    /// <summary>Gives what a word learnt to each of its rows, in full, as fastText does; once for all windows instead of once a pair.</summary>
    private void Leave(ReadOnlySpan<int> line, int place)
    {
        int stride = _inputs.Stride;
        float* learnt = Slot(place);
        RowStep.Add(learnt, learnt + stride, -1, stride);
        foreach (int row in _rows![line[place]]) RowStep.Add(_inputs.Row(row), learnt, 1, stride);
    }

    /// <summary>Draws what a word is told from, one word ahead: its rows are on their way from memory meanwhile.</summary>
    private void Choose(ReadOnlySpan<int> line, int middle)
    {
        _nextReach = 1 + _random.Below(_options.Window);
        int inputs = Math.Min(line.Length - 1, middle + _nextReach) - Math.Max(0, middle - _nextReach);
        if (_tree is not null) _next[0].Path(line[middle], _tree);
        else
            for (int i = 0; i < _next.Length && (long)i * _share < inputs; i++) _next[i].Sample(line[middle], _options.Negative, _noise!, ref _random);
    }

    /// <summary>Skip-gram: each word of the window against the targets of the middle word.</summary>
    private void Pairs(ReadOnlySpan<int> line, int middle, int from, int to, float rate)
    {
        float* first = null;
        for (int j = from; j <= to; j++)
        {
            if (j == middle) continue;
            float* row = _rows is null ? _inputs.Row(line[j]) : Slot(j);
            if (first is null)
            {
                first = row;
                continue;
            }
            // the same word on both sides would lose one of two steps: it goes alone
            if (row == first) Step(row, null, rate);
            else Step(first, row, rate);
            first = null;
        }
        if (first is not null) Step(first, null, rate);
    }

    /// <summary>CBOW and PV-DM: the mean of the window's words, and of the document, against the targets; each takes the whole gradient, as in word2vec.c.</summary>
    private void Mean(ReadOnlySpan<int> line, int middle, int from, int to, float* document, float rate)
    {
        int stride = _inputs.Stride;
        float* mean = _scratch + stride, before = mean + stride;
        new Span<float>(mean, stride).Clear();
        int count = 0;
        if (document is not null)
        {
            RowStep.Add(mean, document, 1, stride);
            count++;
        }
        for (int j = from; j <= to; j++)
        {
            if (j == middle) continue;
            foreach (int row in Rows(line[j]))
            {
                RowStep.Add(mean, _inputs.Row(row), 1, stride);
                count++;
            }
        }
        RowStep.Add(mean, mean, (1f / count) - 1, stride);
        new Span<float>(mean, stride).CopyTo(new Span<float>(before, stride));
        Step(mean, null, rate);
        RowStep.Add(mean, before, -1, stride);
        if (document is not null) RowStep.Add(document, mean, 1, stride);
        for (int j = from; j <= to; j++)
        {
            if (j == middle) continue;
            foreach (int row in Rows(line[j])) RowStep.Add(_inputs.Row(row), mean, 1, stride);
        }
    }

    private ReadOnlySpan<int> Rows(in int word) => _rows is null ? new ReadOnlySpan<int>(in word) : _rows[word];

    private void Step(float* x, float* y, float rate)
    {
        bool look = _places++ % LossEvery == 0;
        var targets = _now[_used / _share];
        _used += y is null ? 1 : 2;
        for (int tile = 0; tile < targets.Tiles; tile++)
        {
            int used = targets.Used(tile);
            var rates = Vector256.Create(OnesThenZeros[(Tile.Targets - used)..]) * rate;
            var sigma = Tile.Step(x, y is null ? _scratch : y, targets.Rows(tile), targets.Labels(tile), Vector512.Create(rates, y is null ? default : rates), _inputs.Stride);
            if (!look) continue;
            for (int i = 0; i < used; i++) Loss -= Math.Log(Math.Max(targets.Labels(tile)[i] > 0 ? sigma[i] : 1 - sigma[i], 1e-10f));
            if (tile == 0) Looked++;
        }
    }
}
