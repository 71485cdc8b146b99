namespace Mta.Spool;

/// <summary>
/// What the spool needs of a file system. Names are relative to the spool's folder. Everything fails with <see cref="IOException"/>.
/// Disposing it lets another process have the spool.
/// </summary>
internal interface ISpoolDisk : IDisposable
{
    /// <summary>The names (without the folder's) of the files in a folder, which is created where it is missing.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>A new file for reading and writing; fails when there is one of this name.</summary>
    ISpoolFile Create(string name);

    /// <summary>An existing file for reading and writing.</summary>
    ISpoolFile Open(string name);

    /// <summary>Gives a file, which may be open, another name, and replaces what had it.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file, which may be open; no error when there is none.</summary>
    void Delete(string name);

    /// <summary>Makes durable what was created, renamed and deleted in a folder (the empty name is the spool's own).</summary>
    void SyncFolder(string folder);

    /// <summary>Octets that could still be written.</summary>
    long FreeBytes();
}

/// <summary>An open file. Reading is safe from any thread; writing is one thread's at a time.</summary>
internal interface ISpoolFile : IDisposable
{
    long Length { get; }

    /// <summary>Reserves space, as a fast substitute for writing zeros.</summary>
    void Allocate(long length);

    /// <summary>Reads until <paramref name="buffer"/> is full or the file ends; returns how much.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Writes all the buffers one behind the other.</summary>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers);

    /// <summary>Makes durable what was written. After a failure nothing that was written since the last success can be trusted.</summary>
    void Sync();
}
