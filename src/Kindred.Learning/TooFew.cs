namespace Kindred.Learning;

/// <summary>How all that learns tells that there is too little to learn from.</summary>
internal static class TooFew
{
    public static ArgumentException Rows(int rows, string what, int least, string parameter) => new($"{(rows == 1 ? "1 row is" : $"{rows} rows are")} too few to {what}: {least} at least are wanted.", parameter);
}
