using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Kindred.Bench.Micro;

/// <summary>Short jobs in this very process: seconds each, and no project is generated beside the central package versions.</summary>
internal static class InProcess
{
    public static IConfig Config { get; } = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
}
