using System.Reflection;
using System.Xml.Linq;
using Kindred.Learning.Reduction;
using Kindred.Models;
using Kindred.Store;
using Kindred.Vectors.Metrics;
using Kindred.Words;
using NetArchTest.Rules;

namespace Kindred.EndToEnd.Tests.Architecture;

/// <summary>Holds the rooms, as they are built and as their projects ask for packages, to the table of who may use what.</summary>
public class RoomTests
{
    private static readonly Package Hashing = new("System.IO.Hashing"), Tensors = new("System.Numerics.Tensors"),
        Ai = new("Microsoft.Extensions.AI.Abstractions", "Microsoft.Extensions.AI");

    /// <summary>The table. What goes beyond the first plan of the house says why.</summary>
    private static readonly Room[] Rooms =
    [
        // Hashing: the checksum in our own file formats
        new("Kindred.Vectors", typeof(Metric).Assembly, [], [Tensors, Hashing]),
        new("Kindred.Words", typeof(WordVectors).Assembly, ["Kindred.Vectors"], [Hashing]),
        new("Kindred.Learning", typeof(Pca).Assembly, ["Kindred.Vectors"], [Tensors]),
        // Hashing: a model's fingerprint
        new("Kindred.Models", typeof(EmbeddingModel).Assembly, ["Kindred.Vectors", "Kindred.Words"],
            [new("Microsoft.ML.OnnxRuntime"), Ai, Hashing, Tensors]),
        // CsvHelper and YamlDotNet: RFC 4180 and front matter are no formats to parse by hand
        // Ai: the encoder that a store is opened with; Tensors: the cosine of a sentence to a question; Hashing: the side file's check
        new("Kindred.Store", typeof(KindredStore).Assembly, ["Kindred.Vectors", "Kindred.Words", "Kindred.Learning", "Kindred.Models"],
        [
            new("Microsoft.Data.Sqlite"), new("SQLitePCLRaw.core"), new("PdfPig", "UglyToad.PdfPig"), new("DocumentFormat.OpenXml"), new("AngleSharp"), new("Markdig"),
            new("CsvHelper"), new("YamlDotNet"), Ai, Tensors, Hashing,
        ]),
        // the chat client of `ask --chat`: Microsoft.Extensions.AI.OpenAI brings OpenAI and System.ClientModel; SkiaSharp draws for ScottPlot
        new("Kindred.Cli", Assembly.Load("kindred"), ["Kindred.Vectors", "Kindred.Words", "Kindred.Learning", "Kindred.Models", "Kindred.Store"],
        [
            new("System.CommandLine"), new("Spectre.Console"), new("ScottPlot"), new("SkiaSharp"), Ai,
            new("Microsoft.Extensions.AI.OpenAI"), new("OpenAI"), new("System.ClientModel"), Tensors,
        ]),
    ];

    public static TheoryData<string> Names => [.. Rooms.Select(r => r.Name)];

    [Fact]
    public void Every_project_of_src_has_a_row_and_every_row_a_project() =>
        Assert.Equal(Projects().Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal), Rooms.Select(r => r.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Arrows_point_downwards()
    {
        // a room may name only those above it in the table, so no circle can close
        for (int i = 0; i < Rooms.Length; i++)
            Assert.All(Rooms[i].Rooms, used => Assert.Contains(Rooms[..i], room => room.Name == used));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_room_uses_only_the_rooms_and_packages_of_its_row(string name)
    {
        var room = Find(name);
        string[] barred =
        [
            .. Rooms.Select(r => r.Name).Where(other => other != name && !room.Rooms.Contains(other)),
            .. Rooms.SelectMany(r => r.Packages).Select(p => p.Namespace).Distinct().Where(ns => !room.Packages.Any(p => Covers(p.Namespace, ns) || Covers(ns, p.Namespace))),
        ];
        Assert.NotEmpty(barred);
        var result = Types.InAssembly(room.Assembly).Should().NotHaveDependencyOnAny(barred).GetResult();
        Assert.True(result.IsSuccessful, $"{name} may not use {string.Join(", ", barred)}; it does in {string.Join(", ", (result.FailingTypes ?? []).Select(t => t.FullName))}");
    }

    [Theory, MemberData(nameof(Names))]
    public void An_assembly_refers_to_nothing_outside_its_row(string name)
    {
        var room = Find(name);
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var outside = room.Assembly.GetReferencedAssemblies().Select(r => r.Name!)
            .Where(r => !File.Exists(Path.Combine(framework, r + ".dll")))
            .Where(r => !room.Rooms.Contains(r) && !room.Packages.Any(p => Covers(p.Namespace, r)));
        Assert.Empty(outside);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_project_asks_for_nothing_outside_its_row(string name)
    {
        var room = Find(name);
        var project = XDocument.Load(Path.Combine(Repository.Root, Projects().Single(p => Path.GetFileNameWithoutExtension(p) == name)));
        Assert.Empty(Included(project, "ProjectReference").Select(p => Path.GetFileNameWithoutExtension(p.Replace('\\', '/'))).Except(room.Rooms));
        Assert.Empty(Included(project, "PackageReference").Except(room.Packages.Select(p => p.Id)));
    }

    /// <summary>Only the store knows of SQLite, only the models of the runtime, only the command of terminals: said once more, by name.</summary>
    [Theory]
    [InlineData("Microsoft.Data.Sqlite", "Kindred.Store")]
    [InlineData("UglyToad.PdfPig", "Kindred.Store")]
    [InlineData("AngleSharp", "Kindred.Store")]
    [InlineData("Microsoft.ML.OnnxRuntime", "Kindred.Models")]
    [InlineData("System.CommandLine", "Kindred.Cli")]
    public void One_room_alone_uses(string package, string only)
    {
        var users = Rooms.Where(r => Types.InAssembly(r.Assembly).That().HaveDependencyOnAny(package).GetTypes().Any()).Select(r => r.Name);
        Assert.Equal([only], users);
    }

    private static Room Find(string name) => Rooms.Single(r => r.Name == name);

    private static IEnumerable<string> Projects() =>
        Repository.Files.Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".csproj", StringComparison.Ordinal));

    private static IEnumerable<string> Included(XDocument project, string item) => project.Descendants(item).Select(e => e.Attribute("Include")!.Value);

    private static bool Covers(string prefix, string name) => name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal);
}
