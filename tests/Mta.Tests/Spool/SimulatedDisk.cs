using Mta.Spool;

namespace Mta.Tests.Spool;

/// <summary>What the spool asked of the disk; a fault is decided by it.</summary>
public enum DiskOperation { Create, Write, Sync, SyncFolder, Rename, Delete, Allocate }

/// <summary>
/// A disk in memory that knows what is durable and what is not, and can show any state in which a power cut may leave it: of what was written
/// since the last sync, each sector of 512 octets may or may not be there, and of the folder's changes some of the first.
/// </summary>
internal sealed class SimulatedDisk : ISpoolDisk
{
    private const int Sector = 512;
    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly Dictionary<string, Node> _names = [];
    private readonly Dictionary<string, Node> _durableNames = [];
    private readonly Dictionary<string, List<Action<Dictionary<string, Node>>>> _changes = [];
    private int _operations;

    public SimulatedDisk(int seed) => _random = new(seed);

    /// <summary>Asked before each operation; an exception is thrown in its place.</summary>
    public Func<DiskOperation, string, IOException?>? Fault { get; set; }

    /// <summary>After so many operations everything fails, as the power is cut.</summary>
    public int CutAfter { get; set; } = int.MaxValue;

    public bool IsCut { get; private set; }

    /// <summary>Asked now and then by the spool's thread.</summary>
    public Func<long> Free { get; set; } = () => 1L << 40;

    public int Operations => _operations;

    public IEnumerable<string> Names
    {
        get
        {
            lock (_gate) return [.. _names.Keys.Order(StringComparer.Ordinal)];
        }
    }

    public static IOException Error(int errno) => new($"simulated error {errno}", errno);

    /// <summary>A state in which the disk may be found after the power was cut now.</summary>
    public SimulatedDisk Recovered()
    {
        lock (_gate)
        {
            var after = new SimulatedDisk(_random.Next());
            var names = new Dictionary<string, Node>(_durableNames);
            foreach (var changes in _changes.Values)
                foreach (var change in changes.Take(_random.Next(changes.Count + 1))) change(names);
            foreach (var (name, node) in names)
            {
                var found = new Node(name, node.AfterCut(_random));
                after._names[name] = after._durableNames[name] = found;
            }
            return after;
        }
    }

    /// <summary>The process has ended, the machine runs on: what was written is there, and as little durable as before.</summary>
    public void Restart()
    {
        lock (_gate) (IsCut, CutAfter, Fault) = (false, int.MaxValue, null);
    }

    /// <summary>Changes octets behind the spool's back.</summary>
    public void Corrupt(string name, long offset, int length)
    {
        lock (_gate) _names[name].Corrupt(offset, length);
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_gate) return [.. _names.Keys.Where(name => FolderOf(name) == folder).Select(name => name[(name.LastIndexOf('/') + 1)..])];
    }

    public ISpoolFile Create(string name)
    {
        lock (_gate)
        {
            Check(DiskOperation.Create, name);
            var node = new Node(name, []);
            if (!_names.TryAdd(name, node)) throw Error(17);
            Change(name, names => names[name] = node);
            return new SimulatedFile(this, node);
        }
    }

    public ISpoolFile Open(string name)
    {
        lock (_gate) return _names.TryGetValue(name, out var node) ? new SimulatedFile(this, node) : throw new FileNotFoundException(name);
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Check(DiskOperation.Rename, from);
            if (!_names.Remove(from, out var node)) throw new FileNotFoundException(from);
            _names[to] = node;
            node.Name = to;
            Change(from, names =>
            {
                names.Remove(from);
                names[to] = node;
            });
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            Check(DiskOperation.Delete, name);
            if (_names.Remove(name)) Change(name, names => names.Remove(name));
        }
    }

    public void SyncFolder(string folder)
    {
        lock (_gate)
        {
            Check(DiskOperation.SyncFolder, folder);
            if (!_changes.Remove(folder, out var changes)) return;
            foreach (var change in changes) change(_durableNames);
        }
    }

    public long FreeBytes() => Free();

    public void Dispose()
    {
    }

    private static string FolderOf(string name) => name.Contains('/') ? name[..name.LastIndexOf('/')] : "";

    private void Change(string name, Action<Dictionary<string, Node>> change)
    {
        if (!_changes.TryGetValue(FolderOf(name), out var changes)) _changes[FolderOf(name)] = changes = [];
        changes.Add(change);
    }

    private void Check(DiskOperation operation, string name)
    {
        if (++_operations > CutAfter) IsCut = true;
        if (IsCut) throw Error(5);
        if (Fault?.Invoke(operation, name) is { } fault) throw fault;
    }

    private sealed class Node(string name, byte[] durable)
    {
        private readonly List<(long Offset, byte[] Bytes)> _unsynced = [];
        private byte[] _live = (byte[])durable.Clone();
        private byte[] _durable = durable;

        public string Name { get; set; } = name;

        public long Length => _live.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            int count = (int)Math.Max(0, Math.Min(buffer.Length, _live.Length - offset));
            if (count > 0) _live.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }

        public void Write(long offset, byte[] bytes)
        {
            Put(ref _live, offset, bytes);
            _unsynced.Add((offset, bytes));
        }

        public void Allocate(long length)
        {
            if (length > _live.Length) Write(_live.Length, new byte[length - _live.Length]);
        }

        public void Sync()
        {
            foreach (var (offset, bytes) in _unsynced) Put(ref _durable, offset, bytes);
            _unsynced.Clear();
        }

        /// <summary>The kernel forgets that the pages are dirty: they are readable, and perhaps on the disk, and no later sync writes them.</summary>
        public void FailSync(Random random)
        {
            _durable = AfterCut(random);
            _unsynced.Clear();
        }

        public void Corrupt(long offset, int length)
        {
            for (long i = offset; i < offset + length; i++) _live[i] ^= 0x5A;
            _durable = (byte[])_live.Clone();
        }

        public byte[] AfterCut(Random random)
        {
            byte[] found = (byte[])_durable.Clone();
            int style = random.Next(3); // nothing, everything, or each sector as it likes
            if (style == 0) return found;
            foreach (var (offset, bytes) in _unsynced)
                for (int at = 0; at < bytes.Length;)
                {
                    int length = Math.Min(bytes.Length - at, Sector - (int)((offset + at) % Sector));
                    if (style == 1 || random.Next(2) == 0) Put(ref found, offset + at, bytes[at..(at + length)]);
                    at += length;
                }
            return found;
        }

        private static void Put(ref byte[] target, long offset, byte[] bytes)
        {
            if (offset + bytes.Length > target.Length) Array.Resize(ref target, (int)offset + bytes.Length);
            bytes.CopyTo(target, (int)offset);
        }
    }

    private sealed class SimulatedFile(SimulatedDisk disk, Node node) : ISpoolFile
    {
        public long Length
        {
            get
            {
                lock (disk._gate) return node.Length;
            }
        }

        public void Allocate(long length)
        {
            lock (disk._gate)
            {
                disk.Check(DiskOperation.Allocate, node.Name);
                node.Allocate(length);
            }
        }

        public int Read(long offset, Span<byte> buffer)
        {
            lock (disk._gate) return node.Read(offset, buffer);
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        {
            lock (disk._gate)
            {
                foreach (var buffer in buffers)
                {
                    // a fault in the middle is a short write
                    disk.Check(DiskOperation.Write, node.Name);
                    node.Write(offset, buffer.ToArray());
                    offset += buffer.Length;
                }
            }
        }

        public void Sync()
        {
            lock (disk._gate)
            {
                try
                {
                    disk.Check(DiskOperation.Sync, node.Name);
                }
                catch (IOException) when (!disk.IsCut)
                {
                    node.FailSync(disk._random);
                    throw;
                }
                node.Sync();
            }
        }

        public void Dispose()
        {
        }
    }
}
