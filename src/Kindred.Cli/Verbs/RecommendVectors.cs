using System.CommandLine;
using Kindred.Learning.Recommendation;
using Kindred.Vectors.Files;

namespace Kindred.Cli.Verbs;

/// <summary>recommend vectors: users or items as rows of a matrix.</summary>
internal static class RecommendVectors
{
    private static readonly Option<string> Out = new("--out") { Description = "The .npy matrix of float32 to write.", Required = true };
    private static readonly Option<string> Of = new("--of") { Description = "users or items.", DefaultValueFactory = _ => "users" };

    public static Command Create()
    {
        Of.AcceptOnlyFromAmong("users", "items");
        Out.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && !path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)) result.AddError($"--out {path}: the name must end in .npy");
        });
        var verb = new Command("vectors", "Writes a vector a user, to find segments with `kindred cluster --in`, and prints who stands in which row. Example: kindred recommend vectors --with plays.recommender --out users.npy")
        {
            RecommendVerb.With, Out, Of, Output.Json,
        };
        verb.SetAction((args, cancel) => Task.Run(() => Run(args, new Output(args)), cancel));
        return verb;
    }

    private static int Run(ParseResult args, Output output)
    {
        string path = args.GetRequiredValue(Out);
        Usage.CheckWritable(path);
        var recommender = Recommender.Open(args.GetRequiredValue(RecommendVerb.With));
        bool users = args.GetRequiredValue(Of) == "users";
        var vectors = users ? recommender.UserVectors() : recommender.ItemVectors();
        NpyFile.Write(path, vectors, vectors[0].Length);
        for (int row = 1; row <= vectors.Count; row++)
        {
            string name = users ? recommender.Users[row - 1] : recommender.Items[row - 1];
            int at = row;
            output.Text($"{row}\t{name}");
            output.Line(json =>
            {
                json.WriteNumber("row", at);
                json.WriteString("name", name);
            });
        }

        return 0;
    }
}
