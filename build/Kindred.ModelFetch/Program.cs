// Kindred.ModelFetch RECIPE PACKAGES OUT: lays out one model folder at build, without a network.
// RECIPE is a committed folder of models/, PACKAGES the root of the restored packages, OUT the folder to write.
using Kindred.ModelFetch;

if (args.Length != 3)
{
    Console.Error.WriteLine("usage: Kindred.ModelFetch RECIPE PACKAGES OUT");
    return 2;
}

try
{
    ModelLayout.Write(args[0], args[1], args[2]);
    return 0;
}
catch (Exception e) when (e is FetchException or IOException or UnauthorizedAccessException)
{
    // the shape of an MSBuild error, so that the build shows this line as its own
    Console.Error.WriteLine($"{args[0]}: error KINDRED0001: {e.Message}");
    return 1;
}
