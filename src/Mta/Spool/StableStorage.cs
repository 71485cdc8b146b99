using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mta.Spool;

/// <summary>
/// The system calls that put data on stable storage. The runtime's own flushes return normally when the kernel says EIO or ENOSPC, so
/// they are not used. All throw <see cref="IOException"/> whose <see cref="Exception.HResult"/> is the errno. Linux only.
/// </summary>
internal static partial class StableStorage
{
    private const int EINTR = 4, ENOSPC = 28, EOPNOTSUPP = 95, EDQUOT = 122;
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>The data of a file, and as much of its metadata as is needed to read it back.</summary>
    public static void SyncData(SafeFileHandle file) => Check("fdatasync", () => FDataSync(file));

    /// <summary>The entries of a folder: files that were created, renamed and deleted in it.</summary>
    public static void SyncFolder(string path)
    {
        using var folder = Open(path, ReadOnlyCloseOnExec);
        if (folder.IsInvalid) throw Error("open", Marshal.GetLastPInvokeError());
        Check("fsync", () => FSync(folder));
    }

    /// <summary>Reserves blocks for the first <paramref name="length"/> octets; the file is at least that long then.</summary>
    public static void Allocate(SafeFileHandle file, long length)
    {
        int error;
        do error = PosixFallocate(file, 0, length); while (error == EINTR);
        // some file systems cannot reserve; then writes find out whether there is space
        if (error is not (0 or EOPNOTSUPP)) throw Error("posix_fallocate", error);
    }

    /// <summary>True where the disk, or our share of it, is full.</summary>
    public static bool IsFull(IOException error) => error.HResult is ENOSPC or EDQUOT;

    private static void Check(string name, Func<int> call)
    {
        while (call() != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != EINTR) throw Error(name, error);
        }
    }

    private static IOException Error(string call, int error) => new($"{call}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int PosixFallocate(SafeFileHandle file, long offset, long length);
}
