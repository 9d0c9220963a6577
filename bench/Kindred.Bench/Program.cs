using BenchmarkDotNet.Running;
using Kindred.Bench;

string verb = args.Length > 0 ? args[0] : "";
string[] rest = args.Length > 0 ? args[1..] : [];
switch (verb)
{
    case "throughput":
        return Throughput.Run(new Settings(rest));
    case "static":
        return StaticThroughput.Run(new Settings(rest));
    case "latency":
        return Latency.Run(new Settings(rest));
    case "flat":
        return FlatScan.Run(new Settings(rest));
    case "ann":
        return Kindred.Bench.Ann.AnnComparison.Run(new Settings(rest));
    case "ivf":
        return Kindred.Bench.Ann.IvfComparison.Run(new Settings(rest));
    case "growth":
        return Kindred.Bench.Ann.Growth.Run(new Settings(rest));
    case "churn":
        return Kindred.Bench.Ann.Churn.Run(new Settings(rest));
    case "filters":
        return Kindred.Bench.Ann.Filters.Run(new Settings(rest));
    case "additions":
        return Kindred.Bench.Ann.Additions.Run(new Settings(rest));
    case "mapped":
        return Kindred.Bench.Ann.Mapped.Run(new Settings(rest));
    case "logistic":
        return LogisticFit.Run(new Settings(rest));
    case "clusters":
        return Clusters.Run(new Settings(rest));
    case "words":
        return WordSearch.Run(new Settings(rest));
    case "open":
        return Opening.Run(new Settings(rest));
    case "startup":
        return Startup.Run(rest);
    case "micro":
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest, Kindred.Bench.Micro.InProcess.Config);
        return 0;
    default:
        Console.Error.WriteLine("usage: throughput | static | latency | flat | ann | ivf | growth | churn | filters | additions | mapped | logistic | clusters | words | open | startup DIR… | micro [--filter '*Dot*'] (bench/README.md says more)");
        return 2;
}
