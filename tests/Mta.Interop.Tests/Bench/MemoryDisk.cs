using System.Globalization;

namespace Mta.Interop.Tests.Bench;

/// <summary>A small file system in memory on a folder of a test, which can be filled.</summary>
internal sealed class MemoryDisk : IAsyncDisposable
{
    private readonly string _folder;

    private MemoryDisk(string folder) => _folder = folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Mounts one. A test that may not mount is skipped with the reason.</summary>
    public static async Task<MemoryDisk> Mount(string folder, int mebibytes)
    {
        Command.NeedRoot();
        Directory.CreateDirectory(folder);
        var mounted = await Command.Run("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={mebibytes}m"), "tmpfs", folder]);
        if (mounted.ExitCode != 0) Assert.Skip($"a file system cannot be mounted here: {mounted.Error.Trim()}");
        return new(folder);
    }

    /// <summary>Takes all space but so much.</summary>
    public void Fill(long leave = 0)
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] block = new byte[4096];
        try
        {
            while (new DriveInfo(_folder).AvailableFreeSpace > leave) file.Write(block);
        }
        catch (IOException)
        {
            // full to the last octet
        }
    }

    public void Empty() => File.Delete(Ballast);

    public async ValueTask DisposeAsync() =>
        await Wait.For(async () => (await Command.Run("umount", ["--lazy", _folder])).ExitCode == 0, TimeSpan.FromSeconds(20), () => $"{_folder} cannot be unmounted");
}
