using System.Diagnostics;

namespace Kindred.EndToEnd.Tests;

internal static class Signals
{
    /// <summary>Sends a signal, such as -INT, to a process.</summary>
    public static void Send(int process, string signal)
    {
        using var kill = Process.Start("kill", [signal, process.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
