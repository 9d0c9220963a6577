using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Kindred.EndToEnd.Tests.Architecture;

/// <summary>House rules on types, names and addresses, read from the syntax of every file.</summary>
public partial class HouseRuleTests
{
    [Fact]
    public void A_file_has_at_most_one_public_type_and_its_name()
    {
        var wrong = new List<string>();
        int seen = 0;
        foreach (string file in SourceTree.Sources)
        {
            string[] names = [.. Types(file).Where(IsPublic).Select(Name).Distinct()];
            seen += names.Length;
            string expected = Path.GetFileNameWithoutExtension(file).Split('{', '.')[0];   // a generic type's file is called Name{T}.cs, a part of a large one Name.Part.cs
            if (names.Length > 1 || (names.Length == 1 && names[0] != expected)) wrong.Add($"{file}: {string.Join(", ", names)}");
        }
        Assert.Empty(wrong);
        Assert.True(seen > 50, $"only {seen} public types were seen");
    }

    [Fact]
    public void A_namespace_is_the_folder_or_one_above_it()
    {
        // what a user names most stands in the room's own namespace although it lies in a folder
        var wrong = new List<string>();
        foreach (string file in SourceTree.Sources)
        {
            string folder = Path.GetDirectoryName(file)!.Replace('\\', '/')["src/".Length..].Replace('/', '.');
            foreach (var space in Tree(file).DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
                if (folder != space.Name.ToString() && !folder.StartsWith(space.Name + ".", StringComparison.Ordinal)) wrong.Add($"{file}: {space.Name}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_query_runs_in_parallel()
    {
        // native code cannot be made of System.Linq.Parallel (IL3053), which only a publish would say; Parallel.For does the same
        string[] wrong = [.. SourceTree.Sources.Where(file => Tree(file).DescendantNodes().OfType<SimpleNameSyntax>()
            .Any(name => name.Identifier.Text is nameof(ParallelEnumerable.AsParallel) or nameof(ParallelEnumerable)))];
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_is_called_after_having_no_name()
    {
        var wrong = new List<string>();
        foreach (string file in SourceTree.Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)))
        {
            wrong.AddRange(file.Split('/', '.').Where(IsNoName).Select(part => $"{file}: {part}"));
            wrong.AddRange(Tree(file).DescendantNodes().OfType<MemberDeclarationSyntax>().Select(Name).Where(IsNoName).Select(type => $"{file}: {type}"));
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public void Project_and_lock_files_hold_no_address()
    {
        string[] endings = ["packages.lock.json", ".csproj", ".props", ".targets", ".slnx", ".config", "global.json"];
        string[] files = [.. SourceTree.Files.Where(f => endings.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase)))];
        Assert.True(files.Length > 20, $"only {files.Length} files were seen");
        Assert.DoesNotContain(files, f => SourceTree.Read(f).Contains("://", StringComparison.Ordinal));
    }

    [Fact]
    public void No_file_names_a_place_on_somebodys_machine()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var wrong = new List<string>();
        foreach (string file in SourceTree.Files)
        {
            if (new FileInfo(Path.Combine(SourceTree.Root, file)).Length > 4 << 20) continue;   // weights and vectors
            byte[] bytes = File.ReadAllBytes(Path.Combine(SourceTree.Root, file));
            if (bytes.Contains((byte)0)) continue;
            string text = Encoding.UTF8.GetString(bytes);
            if (text.Contains(SourceTree.Root, StringComparison.Ordinal)) wrong.Add($"{file}: {SourceTree.Root}");
            if (home.Length > 1 && text.Contains(home + "/", StringComparison.Ordinal)) wrong.Add($"{file}: {home}");
            wrong.AddRange(MachinePath().Matches(text).Select(match => $"{file}: {match.Value}"));
        }
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("see /ho" + "me/ann/notes", true)]
    [InlineData("\"C:\\Us" + "ers\\ann\"", true)]
    [InlineData("at /wo" + "rk/main/src", true)]
    [InlineData("notes/home/page.md, https://example.org/home/x", false)]
    public void A_place_on_a_machine_is_recognised(string text, bool expected) => Assert.Equal(expected, MachinePath().IsMatch(text));

    /// <summary>A folder under which people or build machines keep their things; not as part of a longer path or an address.</summary>
    [GeneratedRegex(@"(?<![\w./\-}$)])/(home|Users|root|work)/\w|(?<!\w)[A-Z]:\\Users\\\w")]
    private static partial Regex MachinePath();

    [GeneratedRegex("(Util|Utils|Utility|Utilities|Helper|Helpers|Manager|Managers|Common)$")]
    private static partial Regex NoName();

    private static bool IsNoName(string name) => NoName().IsMatch(name);

    private static CompilationUnitSyntax Tree(string file) => CSharpSyntaxTree.ParseText(SourceTree.Read(file)).GetCompilationUnitRoot();

    /// <summary>The types of a file that lie in no other type.</summary>
    private static IEnumerable<MemberDeclarationSyntax> Types(string file) => Tree(file).DescendantNodes()
        .OfType<MemberDeclarationSyntax>()
        .Where(member => (member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax) && (member.Parent is BaseNamespaceDeclarationSyntax or CompilationUnitSyntax));

    private static bool IsPublic(MemberDeclarationSyntax type) => type.Modifiers.Any(modifier => modifier.IsKind(SyntaxKind.PublicKeyword));

    private static string Name(MemberDeclarationSyntax member) => member switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        DelegateDeclarationSyntax type => type.Identifier.Text,
        _ => "",
    };
}
