using System.Numerics.Tensors;

namespace Kindred.Models.Tuning;

/// <summary>
/// A batch of texts through a BERT (Devlin et al. 2019; Vaswani et al. 2017, section 3) and back: token vectors, and the slope of a loss along every weight of the layers.
/// Texts stand one behind the other without padding.
/// </summary>
internal sealed class BertPass(BertWeights weights)
{
    private readonly int width = weights.Width;
    private readonly int inner = weights.Inner;
    private readonly int heads = weights.Heads;
    private LayerTrace[] traces = [];
    private int room;
    private int roomOfAttention;
    private int tokens;
    private int[] starts = [];
    private int[] squares = [];
    private float[] first = [];
    private float[] sum = [];
    private float[] turned = [];
    private float[] turnedActive = [];
    private float[] panels = [];
    private float[] slope = [];
    private float[] slopeOfSum = [];
    private float[] slopeOfContext = [];
    private float[] slopeOfQueries = [];
    private float[] slopeOfKeys = [];
    private float[] slopeOfValues = [];
    private float[] slopeOfActive = [];

    /// <summary>The slopes along the layers' weights, from <see cref="Back(ReadOnlySpan{float})"/>.</summary>
    public BertLayerWeights[] Slopes { get; } = [.. weights.Layers.Select(l => BertLayerWeights.Of([.. l.All.Select(w => new float[w.Length])]))];

    /// <summary>The last layer's token vectors, shape [tokens, width]; those of text i begin at row Starts[i].</summary>
    public float[] Run(int[][] ids)
    {
        Reserve(ids);
        Parallel.For(0, ids.Length, text =>
        {
            for (int t = 0; t < ids[text].Length; t++)
            {
                var row = first.AsSpan((starts[text] + t) * width, width);
                TensorPrimitives.Add(weights.Words.AsSpan(ids[text][t] * width, width), weights.Positions.AsSpan(t * width, width), row);
                Normalize(row, row, weights.NormGain, weights.NormBias, row);
            }
        });
        float[] x = first;
        for (int l = 0; l < traces.Length; l++) x = Run(weights.Layers[l], traces[l], x);
        return x;
    }

    /// <summary>Where the tokens of each text begin.</summary>
    public ReadOnlySpan<int> Starts => starts;

    /// <summary>The way back of what <see cref="Run(int[][])"/> did last.</summary>
    /// <param name="slopeOfEnd">The loss's slope along the token vectors, shape [tokens, width].</param>
    public void Back(ReadOnlySpan<float> slopeOfEnd)
    {
        slopeOfEnd[..(tokens * width)].CopyTo(slope);
        for (int l = traces.Length - 1; l >= 0; l--) Back(weights.Layers[l], Slopes[l], traces[l], l == 0 ? first : traces[l - 1].End, wanted: l > 0);
    }

    private void Reserve(int[][] ids)
    {
        starts = new int[ids.Length + 1];
        squares = new int[ids.Length + 1];
        for (int i = 0; i < ids.Length; i++)
        {
            starts[i + 1] = starts[i] + ids[i].Length;
            squares[i + 1] = squares[i] + (ids[i].Length * ids[i].Length * heads);
        }

        tokens = starts[^1];
        if (tokens <= room && squares[^1] <= roomOfAttention) return;
        // some more than this batch needs: the next may be a little longer
        (room, roomOfAttention) = (Math.Max(room, tokens + (tokens / 4)), Math.Max(roomOfAttention, squares[^1] + (squares[^1] / 4)));
        traces = [.. weights.Layers.Select(_ => new LayerTrace(room, width, inner, roomOfAttention))];
        int wide = Math.Max(width, inner);
        (first, sum, slope, slopeOfSum, slopeOfContext) = (Rows(width), Rows(width), Rows(width), Rows(width), Rows(width));
        (slopeOfQueries, slopeOfKeys, slopeOfValues, slopeOfActive) = (Rows(width), Rows(width), Rows(width), Rows(inner));
        (turned, turnedActive) = (Rows(width), Rows(inner));
        panels = new float[Math.Max(room * wide, width * inner)];

        float[] Rows(int columns) => new float[room * columns];
    }

    private float[] Run(BertLayerWeights w, LayerTrace trace, float[] x)
    {
        Linear(x, width, w.Query, w.QueryBias, width, trace.Queries);
        Linear(x, width, w.Key, w.KeyBias, width, trace.Keys);
        Linear(x, width, w.Value, w.ValueBias, width, trace.Values);
        Parallel.For(0, (starts.Length - 1) * heads, work => Attend(trace, work / heads, work % heads));
        Linear(trace.Context, width, w.Out, w.OutBias, width, sum);
        Normalize(sum, x, trace.MiddleUnit, trace.MiddleScale, w.MiddleGain, w.MiddleBias, trace.Middle);
        Linear(trace.Middle, width, w.Rise, w.RiseBias, inner, trace.Active);
        Parallel.For(0, tokens, t => Gelu.Apply(trace.Active.AsSpan(t * inner, inner), trace.Slope.AsSpan(t * inner, inner)));
        Linear(trace.Active, inner, w.Fall, w.FallBias, width, sum);
        Normalize(sum, trace.Middle, trace.EndUnit, trace.EndScale, w.EndGain, w.EndBias, trace.End);
        return trace.End;
    }

    private void Back(BertLayerWeights w, BertLayerWeights slopes, LayerTrace trace, float[] x, bool wanted)
    {
        BackNormalize(slope, trace.EndUnit, trace.EndScale, w.EndGain, slopes.EndGain, slopes.EndBias, slopeOfSum);
        Products.Turn(trace.Active, tokens, inner, turnedActive);
        BackWeights(turnedActive, inner, slopeOfSum, width, slopes.Fall, slopes.FallBias);
        BackInput(slopeOfSum, width, w.Fall, inner, slopeOfActive, add: false);
        Parallel.For(0, tokens, t =>
        {
            var row = slopeOfActive.AsSpan(t * inner, inner);
            TensorPrimitives.Multiply(row, trace.Slope.AsSpan(t * inner, inner), row);
        });
        Products.Turn(trace.Middle, tokens, width, turned);
        BackWeights(turned, width, slopeOfActive, inner, slopes.Rise, slopes.RiseBias);

        // what was added to the end came straight from the middle
        slopeOfSum.AsSpan(0, tokens * width).CopyTo(slope);
        BackInput(slopeOfActive, inner, w.Rise, width, slope, add: true);
        BackNormalize(slope, trace.MiddleUnit, trace.MiddleScale, w.MiddleGain, slopes.MiddleGain, slopes.MiddleBias, slopeOfSum);
        Products.Turn(trace.Context, tokens, width, turned);
        BackWeights(turned, width, slopeOfSum, width, slopes.Out, slopes.OutBias);
        BackInput(slopeOfSum, width, w.Out, width, slopeOfContext, add: false);
        Parallel.For(0, (starts.Length - 1) * heads, work => BackAttend(trace, work / heads, work % heads));
        Products.Turn(x, tokens, width, turned);
        BackWeights(turned, width, slopeOfQueries, width, slopes.Query, slopes.QueryBias);
        BackWeights(turned, width, slopeOfKeys, width, slopes.Key, slopes.KeyBias);
        BackWeights(turned, width, slopeOfValues, width, slopes.Value, slopes.ValueBias);
        if (!wanted) return;
        slopeOfSum.AsSpan(0, tokens * width).CopyTo(slope);
        BackInput(slopeOfQueries, width, w.Query, width, slope, add: true);
        BackInput(slopeOfKeys, width, w.Key, width, slope, add: true);
        BackInput(slopeOfValues, width, w.Value, width, slope, add: true);
    }

    /// <summary>to = x · w + b.</summary>
    private void Linear(float[] x, int from, float[] w, float[] bias, int to, float[] result)
    {
        Products.Pack(w, from, to, panels);
        Products.Multiply(x, tokens, from, panels, to, result);
        Parallel.For(0, tokens, t =>
        {
            var row = result.AsSpan(t * to, to);
            TensorPrimitives.Add(row, bias, row);
        });
    }

    /// <summary>The slope along w of x · w + b: xᵀ · (the slope along the product); along b its column sums.</summary>
    private void BackWeights(float[] turnedInput, int from, float[] slopeOfOutput, int to, float[] slopes, float[] slopesOfBias)
    {
        Products.Pack(slopeOfOutput, tokens, to, panels);
        Products.Multiply(turnedInput, from, tokens, panels, to, slopes);
        Array.Clear(slopesOfBias);
        for (int t = 0; t < tokens; t++) TensorPrimitives.Add(slopesOfBias, slopeOfOutput.AsSpan(t * to, to), slopesOfBias);
    }

    /// <summary>The slope along x of x · w + b: (the slope along the product) · wᵀ.</summary>
    private void BackInput(float[] slopeOfOutput, int to, float[] w, int from, float[] result, bool add)
    {
        Products.PackTurned(w, to, from, panels);
        Products.Multiply(slopeOfOutput, tokens, to, panels, from, result, add);
    }

    private void Attend(LayerTrace trace, int text, int head)
    {
        int length = starts[text + 1] - starts[text], size = width / heads;
        float scale = 1 / MathF.Sqrt(size);
        for (int i = 0; i < length; i++)
        {
            var weight = Attention(trace, text, head, i, length);
            var query = Part(trace.Queries, text, head, i, size);
            for (int j = 0; j < length; j++) weight[j] = scale * TensorPrimitives.Dot(query, Part(trace.Keys, text, head, j, size));
            TensorPrimitives.SoftMax(weight, weight);
            var context = Part(trace.Context, text, head, i, size);
            context.Clear();
            for (int j = 0; j < length; j++) TensorPrimitives.MultiplyAdd(Part(trace.Values, text, head, j, size), weight[j], context, context);
        }
    }

    private void BackAttend(LayerTrace trace, int text, int head)
    {
        int length = starts[text + 1] - starts[text], size = width / heads;
        float scale = 1 / MathF.Sqrt(size);
        for (int i = 0; i < length; i++)
        {
            Part(slopeOfKeys, text, head, i, size).Clear();
            Part(slopeOfValues, text, head, i, size).Clear();
        }

        Span<float> slopes = length <= 512 ? stackalloc float[length] : new float[length];
        for (int i = 0; i < length; i++)
        {
            var weight = Attention(trace, text, head, i, length);
            Span<float> query = Part(trace.Queries, text, head, i, size), above = Part(slopeOfContext, text, head, i, size), along = Part(slopeOfQueries, text, head, i, size);
            along.Clear();
            for (int j = 0; j < length; j++)
            {
                slopes[j] = TensorPrimitives.Dot(above, Part(trace.Values, text, head, j, size));
                var value = Part(slopeOfValues, text, head, j, size);
                TensorPrimitives.MultiplyAdd(above, weight[j], value, value);
            }

            float mean = TensorPrimitives.Dot(slopes, weight);
            for (int j = 0; j < length; j++)
            {
                float step = scale * weight[j] * (slopes[j] - mean);
                TensorPrimitives.MultiplyAdd(Part(trace.Keys, text, head, j, size), step, along, along);
                var key = Part(slopeOfKeys, text, head, j, size);
                TensorPrimitives.MultiplyAdd(query, step, key, key);
            }
        }
    }

    private Span<float> Attention(LayerTrace trace, int text, int head, int row, int length) => trace.Attention.AsSpan(squares[text] + (((head * length) + row) * length), length);

    private Span<float> Part(float[] rows, int text, int head, int row, int size) => rows.AsSpan(((starts[text] + row) * width) + (head * size), size);

    /// <summary>Normalises x + y (Ba et al. 2016).</summary>
    private void Normalize(float[] x, float[] y, float[] unit, float[] scale, float[] gain, float[] bias, float[] to) => Parallel.For(0, tokens, t =>
    {
        var row = unit.AsSpan(t * width, width);
        TensorPrimitives.Add(x.AsSpan(t * width, width), y.AsSpan(t * width, width), row);
        scale[t] = Normalize(row, row, gain, bias, to.AsSpan(t * width, width));
    });

    private static float Normalize(ReadOnlySpan<float> row, Span<float> unit, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, Span<float> to)
    {
        float mean = TensorPrimitives.Sum(row) / row.Length;
        TensorPrimitives.Subtract(row, mean, unit);
        float scale = 1 / MathF.Sqrt((TensorPrimitives.SumOfSquares(unit) / unit.Length) + BertWeights.Epsilon);
        TensorPrimitives.Multiply(unit, scale, unit);
        TensorPrimitives.MultiplyAdd(unit, gain, bias, to);
        return scale;
    }

    /// <summary>The slope along what was normalised; those along gain and bias.</summary>
    private void BackNormalize(float[] above, float[] unit, float[] scale, float[] gain, float[] slopeOfGain, float[] slopeOfBias, float[] to)
    {
        Array.Clear(slopeOfGain);
        Array.Clear(slopeOfBias);
        for (int t = 0; t < tokens; t++)
        {
            Span<float> row = above.AsSpan(t * width, width), normal = unit.AsSpan(t * width, width);
            TensorPrimitives.MultiplyAdd(row, normal, slopeOfGain, slopeOfGain);
            TensorPrimitives.Add(slopeOfBias, row, slopeOfBias);
        }

        Parallel.For(0, tokens, t =>
        {
            Span<float> row = to.AsSpan(t * width, width), normal = unit.AsSpan(t * width, width);
            TensorPrimitives.Multiply(above.AsSpan(t * width, width), gain, row);
            float mean = TensorPrimitives.Sum<float>(row) / width, along = TensorPrimitives.Dot<float>(row, normal) / width;
            TensorPrimitives.Subtract(row, mean, row);
            TensorPrimitives.MultiplyAdd(normal, -along, row, row);
            TensorPrimitives.Multiply(row, scale[t], row);
        });
    }
}
