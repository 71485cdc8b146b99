using Microsoft.Win32.SafeHandles;

namespace Mta.Net;

/// <summary>
/// File descriptors that the process keeps to itself. When there are none left for connections, these are given up until there are: the runtime needs one now and
/// then, to load a library for instance, and ends the process where it gets none.
/// </summary>
internal static class DescriptorReserve
{
    private const int Size = 16;

    private static readonly Lock Guard = new();
    private static readonly List<SafeFileHandle> Held = [];

    /// <summary>Keeps them again, or for the first time; false where there are not so many, and then none is kept.</summary>
    public static bool TryFill()
    {
        if (OperatingSystem.IsWindows()) return true;
        lock (Guard)
        {
            try
            {
                while (Held.Count < Size) Held.Add(File.OpenHandle("/dev/null"));
                return true;
            }
            catch (IOException)
            {
                GiveUp();
                return false;
            }
        }
    }

    /// <summary>Somebody else may have them for now.</summary>
    public static void Release()
    {
        lock (Guard) GiveUp();
    }

    private static void GiveUp()
    {
        foreach (var handle in Held) handle.Dispose();
        Held.Clear();
    }
}
