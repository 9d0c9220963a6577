using System.Text.RegularExpressions;

namespace Kindred.EndToEnd.Tests.Architecture;

/// <summary>House rules that a compiler does not hold.</summary>
public partial class SourceTests
{
    [Fact]
    public void A_file_has_one_public_type_and_its_name()
    {
        foreach (string file in Repository.Files("src", "*.cs"))
        {
            string[] types = [.. PublicType().Matches(Repository.Read(file)).Select(m => m.Groups[1].Value).Distinct()];
            Assert.True(types.Length <= 1, $"{file}: {string.Join(", ", types)}");
            if (types.Length == 1) Assert.Equal(Path.GetFileNameWithoutExtension(file).Split('.')[0], types[0]);
        }
    }

    [Fact]
    public void Names_say_what_a_thing_is()
    {
        string[] empty = ["Utils", "Util", "Helpers", "Helper", "Manager", "Common"];
        foreach (string file in Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs")))
            Assert.DoesNotContain(file.Split('/', '.'), part => empty.Any(e => part.EndsWith(e, StringComparison.Ordinal)));
    }

    [Fact]
    public void Lock_files_hold_no_addresses()
    {
        string[] locks = [.. Repository.Files(".", "packages.lock.json"), .. Repository.Files(".", "package-lock.json")];
        Assert.NotEmpty(locks);
        foreach (string file in locks)
        {
            Assert.DoesNotContain("\"resolved\": \"http", Repository.Read(file), StringComparison.Ordinal);
            Assert.DoesNotContain("://registry", Repository.Read(file), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_file_names_a_folder_of_somebodys_machine()
    {
        // put together here, so that this file is not found by itself
        string[] places = ["/wo" + "rk/", "/ro" + "ot/", "C:\\Us" + "ers\\"];
        foreach (string pattern in new[] { "*.cs", "*.md", "*.csproj", "*.props", "*.targets", "*.json", "*.html", "*.mjs", "*.sh", "test", "kindred" })
        {
            foreach (string file in Repository.Files(".", pattern))
                foreach (string place in places) Assert.False(Repository.Read(file).Contains(place, StringComparison.Ordinal), $"{file} names {place}");
        }
    }

    [GeneratedRegex(@"^public (?:(?:static|sealed|abstract|readonly|partial|unsafe|ref) )*(?:class|record struct|record|struct|interface|enum|delegate \S+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();
}
