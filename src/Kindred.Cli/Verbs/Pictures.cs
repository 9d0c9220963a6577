namespace Kindred.Cli.Verbs;

/// <summary>Writes what was drawn, beside its place first.</summary>
internal static class Pictures
{
    public static void Write(string path, byte[] picture)
    {
        string beside = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(beside, picture);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
