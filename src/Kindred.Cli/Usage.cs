using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Kindred.Cli;

/// <summary>What is wrong with a command line, and how an error is told.</summary>
internal static class Usage
{
    /// <summary>Empty when the line can be carried out.</summary>
    public static IReadOnlyList<string> Faults(ParseResult parsed)
    {
        var faults = parsed.Errors.Select(e => e.Message.TrimEnd('.')).ToList();
        if (faults.Count > 0 || parsed.Action is System.CommandLine.Help.HelpAction) return [.. faults.Distinct()];
        foreach (var part in parsed.CommandResult.Children)
        {
            // only a text to embed or to compare may be blank
            string name = part is OptionResult option ? option.Option.Name : part is ArgumentResult { Argument.Name: not "TEXT" } argument ? argument.Argument.Name : "";
            if (name.Length > 0 && part.Tokens.Any(t => string.IsNullOrWhiteSpace(t.Value))) faults.Add($"{name} is blank");
        }

        return faults;
    }

    /// <summary>The verb as it was typed, such as "kindred eval sts".</summary>
    public static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Parent: not null } command; at = at.Parent) names.Push(command.Command.Name);
        return string.Join(' ', names.Prepend("kindred"));
    }

    /// <summary>An option's value as a whole number within bounds.</summary>
    public static T Number<T>(ArgumentResult result, T least, T most)
        where T : IBinaryInteger<T>
    {
        string text = result.Tokens[^1].Value;
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        string name = result.Parent is OptionResult option ? option.Option.Name + " " : "";
        result.AddError($"{name}{text}: {(least == most ? $"only {least} is known" : $"a whole number from {least} to {most} is wanted")}");
        return least;
    }

    /// <summary>An option's value as a likeness, a cosine or the like.</summary>
    public static double? Likeness(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 1) return value;
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} {text}: a number above 0 and at most 1 is wanted");
        return null;
    }

    /// <summary>An exception's message, of one of the libraries about data with the name of the file that the data came from.</summary>
    public static string Message(Exception e, ParseResult? parsed)
    {
        string message = Message(e);
        return e is ArgumentException { ParamName.Length: > 0 } && parsed?.GetResult("--in") is OptionResult { Tokens: [var file, ..] } && Named(file.Value) is var name && !message.Contains(name, StringComparison.Ordinal)
            ? $"{name}: {message.TrimEnd('.')}"
            : message;
    }

    /// <summary>What messages call a file that is read; - is standard input.</summary>
    public static string Named(string file) => file == "-" ? "standard input" : file;

    /// <summary>An exception's message without the parts that speak to programmers.</summary>
    public static string Message(Exception e) => e switch
    {
        FileNotFoundException { FileName.Length: > 0 } file when e.Message.StartsWith("Could not find file", StringComparison.Ordinal) => $"{file.FileName}: there is no such file",
        ArgumentException { ParamName.Length: > 0 } argument => e.Message.Split($" (Parameter '{argument.ParamName}')")[0],
        _ => e.Message,
    };

    /// <summary>Fails at once where a file cannot be written, not after the work.</summary>
    public static void CheckWritable(string path)
    {
        if (Directory.Exists(path)) throw new IOException($"{path}: a folder is there, where a file is to be written");
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder)) throw new IOException($"{path}: its folder is not there: make it first");
        try
        {
            using var trial = new FileStream($"{path}.{Environment.ProcessId}.try", FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot be written there: check the rights of its folder, or name another with --out", e);
        }
    }
}
