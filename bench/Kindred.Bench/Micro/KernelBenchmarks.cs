using BenchmarkDotNet.Attributes;
using Kindred.Vectors.Metrics;

namespace Kindred.Bench.Micro;

/// <summary>The sums over components, beside the plain loop.</summary>
public class KernelBenchmarks
{
    private float[] _x = [], _y = [];

    [Params(100, 384, 768)]
    public int Dimensions { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(1);
        _x = [.. Enumerable.Range(0, Dimensions).Select(_ => random.NextSingle() - 0.5f)];
        _y = [.. Enumerable.Range(0, Dimensions).Select(_ => random.NextSingle() - 0.5f)];
    }

    [Benchmark(Baseline = true)]
    public float Loop()
    {
        float sum = 0;
        for (int i = 0; i < _x.Length; i++) sum += _x[i] * _y[i];
        return sum;
    }

    [Benchmark]
    public float Dot() => Metric.Dot(_x, _y);

    [Benchmark]
    public float SquaredL2() => Metric.SquaredL2(_x, _y);

    [Benchmark]
    public float Cosine() => Metric.Cosine(_x, _y);
}
