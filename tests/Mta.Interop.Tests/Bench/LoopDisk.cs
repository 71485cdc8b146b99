using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mta.Interop.Tests.Bench;

/// <summary>
/// An ext4 file system of the test's own, in a file and mounted on a folder, whose power can be cut: from then on nothing reaches the disk, and
/// what had not been synced is gone after <see cref="Remount"/>.
/// </summary>
internal sealed partial class LoopDisk : IAsyncDisposable
{
    // _IOR('X', 125, __u32): ends all writing, without writing the journal's last transactions
    private const uint Shutdown = 0x8004587D, NoLogFlush = 2;
    private readonly string _image, _folder;
    private bool _mounted;

    private LoopDisk(string image, string folder) => (_image, _folder) = (image, folder);

    /// <summary>Makes and mounts one. A test that may not mount is skipped with the reason.</summary>
    /// <param name="image">The file that it is in.</param>
    /// <param name="folder">Made where it is missing.</param>
    public static async Task<LoopDisk> Create(string image, string folder, long octets)
    {
        Command.NeedRoot();
        string mkfs = Command.Need("mkfs.ext4", "e2fsprogs");
        await using (var file = File.Create(image)) file.SetLength(octets);
        Directory.CreateDirectory(folder);
        var made = await Command.Run(mkfs, ["-q", "-F", image]);
        Assert.True(made.ExitCode == 0, made.Error);
        var disk = new LoopDisk(image, folder);
        var mounted = await disk.Mount();
        if (mounted.ExitCode != 0) Assert.Skip($"a file system cannot be mounted here: {mounted.Error.Trim()}");
        return disk;
    }

    /// <summary>No write reaches the disk any more; every attempt fails with EIO.</summary>
    public void CutPower()
    {
        using var folder = OpenFolder(_folder, 0);
        uint flags = NoLogFlush;
        if (folder.IsInvalid || Control(folder, Shutdown, ref flags) != 0) throw new IOException($"EXT4_IOC_SHUTDOWN: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>What a machine does after a power cut: it mounts the disk, which replays its journal. No file on it may be open.</summary>
    public async Task Remount()
    {
        await Unmount();
        var mounted = await Mount();
        Assert.True(mounted.ExitCode == 0, mounted.Error);
    }

    // nothing is committed by the clock: what is on the disk was synced
    private async Task<CommandResult> Mount()
    {
        var result = await Command.Run("mount", ["-o", "loop,commit=300", _image, _folder]);
        _mounted = result.ExitCode == 0;
        return result;
    }

    private async Task Unmount()
    {
        if (!_mounted) return;
        // the kernel may take a moment to let go of the files of a process that was killed
        await Wait.For(async () => (await Command.Run("umount", [_folder])).ExitCode == 0, TimeSpan.FromSeconds(20), () => $"{_folder} cannot be unmounted");
        _mounted = false;
    }

    public async ValueTask DisposeAsync()
    {
        await Unmount();
        File.Delete(_image);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, ulong request, ref uint argument);
}
