using System.Reflection;
using NetArchTest.Rules;

namespace Kindred.EndToEnd.Tests.Architecture;

/// <summary>The table of rooms: an arrow may only point downwards, and outside packages stay in the rooms that name them.</summary>
public class RoomTests
{
    /// <param name="Name">The room, and its namespace.</param>
    /// <param name="Assembly">The file it is built into.</param>
    /// <param name="MayUse">Rooms below it.</param>
    /// <param name="Packages">Outside assemblies it may name.</param>
    public sealed record Room(string Name, string Assembly, string[] MayUse, string[] Packages);

    private static readonly Room[] Rooms =
    [
        new("Kindred.Vectors", "Kindred.Vectors", [], ["System.Numerics.Tensors", "System.IO.Hashing"]),
        new("Kindred.Words", "Kindred.Words", ["Kindred.Vectors"], ["System.Numerics.Tensors", "System.IO.Hashing"]),
        new("Kindred.Learning", "Kindred.Learning", ["Kindred.Vectors"], ["System.Numerics.Tensors"]),
        new("Kindred.Models", "Kindred.Models", ["Kindred.Vectors", "Kindred.Words", "Kindred.Learning"],
            ["Microsoft.ML.OnnxRuntime", "Microsoft.Extensions.AI.Abstractions", "NWaves", "SkiaSharp", "System.Numerics.Tensors", "System.IO.Hashing"]),

        // YamlDotNet reads front matter, as PdfPig and the others read their formats
        new("Kindred.Store", "Kindred.Store", ["Kindred.Vectors", "Kindred.Words", "Kindred.Learning", "Kindred.Models"],
            ["Microsoft.Data.Sqlite", "SQLitePCLRaw", "UglyToad.PdfPig", "AngleSharp", "Markdig", "YamlDotNet",
             "Microsoft.Extensions.AI.Abstractions", "System.Numerics.Tensors", "System.IO.Hashing", "System.IO.Packaging"]),

        // the chat client of `ask --chat`; Skia and HarfBuzz, with which ScottPlot draws, write on its pictures
        new("Kindred.Cli", "kindred", ["Kindred.Vectors", "Kindred.Words", "Kindred.Learning", "Kindred.Models", "Kindred.Store"],
            ["System.CommandLine", "Spectre.Console", "ScottPlot", "SkiaSharp", "HarfBuzzSharp", "OpenAI", "Microsoft.Extensions.AI", "System.ClientModel"]),
    ];

    public static TheoryData<string> Names => [.. Rooms.Select(r => r.Name)];

    [Fact]
    public void Every_room_of_the_source_is_in_the_table() =>
        Assert.Equal(Rooms.Select(r => r.Name).Order(StringComparer.Ordinal), Directory.EnumerateDirectories(Path.Combine(SourceTree.Root, "src")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Names))]
    public void A_room_depends_on_lower_rooms_alone(string name)
    {
        var room = Rooms.Single(r => r.Name == name);
        string[] forbidden = [.. Rooms.Where(r => r.Name != name && !room.MayUse.Contains(r.Name)).Select(r => r.Name)];
        var types = Types.InAssembly(Assembly.Load(room.Assembly));
        Assert.NotEmpty(types.GetTypes());
        var result = types.ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        Assert.True(result.IsSuccessful, string.Join(", ", (result.FailingTypes ?? []).Select(t => t.FullName)));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_room_names_its_own_packages_alone(string name)
    {
        var room = Rooms.Single(r => r.Name == name);
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] others = [.. Assembly.Load(room.Assembly).GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(a => !File.Exists(Path.Combine(framework, a + ".dll")) && !room.MayUse.Contains(a))
            .Where(a => !room.Packages.Any(p => a == p || a.StartsWith(p + ".", StringComparison.Ordinal)))];
        Assert.Empty(others);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_rooms_types_live_in_its_namespace(string name)
    {
        var room = Rooms.Single(r => r.Name == name);
        var strangers = Assembly.Load(room.Assembly).GetTypes()
            .Where(t => t.IsPublic && t.Namespace is not null && t.Namespace != name && !t.Namespace.StartsWith(name + ".", StringComparison.Ordinal));
        Assert.Empty(strangers);
    }
}
