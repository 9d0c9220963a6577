using System.CommandLine;
using Kindred.Models;

namespace Kindred.Cli.Verbs;

internal static class ModelVerb
{
    private static readonly Argument<string> Name = new("NAME") { Description = "A name from `kindred model list`." };

    public static Command Create()
    {
        var list = new Command("list", "Lists the models that come with Kindred. Example: kindred model list") { Output.Json };
        list.SetAction(args =>
        {
            foreach (var model in ModelCatalog.Models) Print(model, new Output(args));
            return 0;
        });
        var show = new Command("show", "Shows one model. Example: kindred model show minilm") { Name, Output.Json };
        show.SetAction(args =>
        {
            string name = args.GetRequiredValue(Name);
            var model = ModelCatalog.Find(name) ?? throw new ArgumentException($"there is no model \"{name}\"; `kindred model list` names those there are");
            Print(model, new Output(args));
            return 0;
        });
        return new Command("model", "Lists, shows, converts and distills models. Example: kindred model list") { list, show, ModelConvert.Create(), ModelDistill.Create() };
    }

    private static void Print(ModelInfo model, Output output)
    {
        output.Text($"{model.Name,-28}{model.Dimensions,5} d  {model.License,-12} {(model.IsPresent ? "here" : "missing"),-8} {model.Description}");
        output.Line(json =>
        {
            json.WriteString("name", model.Name);
            json.WriteNumber("dimensions", model.Dimensions);
            json.WriteString("license", model.License);
            json.WriteNumber("bytes", model.Bytes);
            json.WriteString("sha256", model.Sha256);
            json.WriteString("source", model.Source);
            json.WriteBoolean("present", model.IsPresent);
        });
    }
}
