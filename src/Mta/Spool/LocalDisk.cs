using Microsoft.Win32.SafeHandles;

namespace Mta.Spool;

/// <summary>The spool's folder in the local file system, locked against other processes.</summary>
internal sealed class LocalDisk : ISpoolDisk
{
    private readonly string _root;
    private readonly SafeFileHandle _lock;

    public LocalDisk(string root)
    {
        _root = Path.GetFullPath(root);
        Guard(() => MakeFolder(new(_root)));
        try
        {
            // FileShare.None is flock(LOCK_EX): the kernel lets go of it when the process ends, however it ends
            _lock = File.OpenHandle(At("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The spool {_root} cannot be locked; is another process using it? {e.Message}", e);
        }
    }

    public IReadOnlyList<string> List(string folder) => Guard<string[]>(() =>
        [.. Directory.CreateDirectory(At(folder)).EnumerateFiles().Select(file => file.Name)]);

    public ISpoolFile Create(string name) => new LocalFile(Guard(() => Open(name, FileMode.CreateNew)));

    public ISpoolFile Open(string name) => new LocalFile(Guard(() => Open(name, FileMode.Open)));

    public void Rename(string from, string to) => Guard(() => File.Move(At(from), At(to), overwrite: true));

    public void Delete(string name) => Guard(() => File.Delete(At(name)));

    public void SyncFolder(string folder) => StableStorage.SyncFolder(At(folder));

    public long FreeBytes() => Guard(() => new DriveInfo(_root).AvailableFreeSpace);

    public void Dispose() => _lock.Dispose();

    /// <summary>A new folder is durable only with its entry in the one above.</summary>
    private static void MakeFolder(DirectoryInfo folder)
    {
        if (folder.Exists || folder.Parent is not { } parent) return;
        MakeFolder(parent);
        folder.Create();
        StableStorage.SyncFolder(parent.FullName);
    }

    private string At(string name) => Path.Combine(_root, name);

    private SafeFileHandle Open(string name, FileMode mode) =>
        File.OpenHandle(At(name), mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private static void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private sealed class LocalFile(SafeFileHandle handle) : ISpoolFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public void Allocate(long length) => StableStorage.Allocate(handle, length);

        public int Read(long offset, Span<byte> buffer)
        {
            int total = 0;
            while (total < buffer.Length)
            {
                int read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0) break;
                total += read;
            }
            return total;
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        {
            try
            {
                RandomAccess.Write(handle, buffers, offset);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or ArgumentOutOfRangeException)
            {
                throw new IOException(e.Message, e); // EPERM, and EFBIG where files are limited in length
            }
        }

        public void Sync() => StableStorage.SyncData(handle);

        public void Dispose() => handle.Dispose();
    }
}
