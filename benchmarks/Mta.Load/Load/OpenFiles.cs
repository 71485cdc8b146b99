using System.Globalization;

namespace Mta.Load;

/// <summary>How many files and sockets this process may have open. The runtime itself cannot go on without any: it opens files to say what went wrong.</summary>
internal static class OpenFiles
{
    /// <summary>What is needed beside the sessions.</summary>
    public const int Spare = 250;

    /// <summary>The limit; null where there is none, or the system does not tell. The runtime has raised the soft limit to the hard one already.</summary>
    public static long? Limit
    {
        get
        {
            if (!OperatingSystem.IsLinux()) return null;
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
            return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..]
                && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : null;
        }
    }
}
