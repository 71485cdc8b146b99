using System.Buffers;
using System.Security.Cryptography;
using Mta.Protocol.Mime;

namespace Mta.Mailbox;

/// <summary>
/// A message on its way into a mailbox: its octets, what they hash to, and its index, made while it came. Small ones are in memory, others in a file that
/// is gone with the process. Written by one thread, then read by any number of changes; disposed when they are made.
/// </summary>
public sealed class StagedBody : IDisposable
{
    /// <summary>Octets kept in memory; what is longer goes to a file.</summary>
    private const int InMemory = 256 * 1024;

    private const int PieceSize = 32 * 1024;

    private readonly string _folder;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MimeScanner _scanner = new();
    private readonly ArrayBufferWriter<byte> _mime = new();
    private byte[]? _memory = ArrayPool<byte>.Shared.Rent(4096);
    private FileStream? _file;
    private MessageIndex? _index;

    /// <param name="folder">For a file, where one is needed.</param>
    public StagedBody(string folder) => _folder = folder;

    /// <summary>Octets so far.</summary>
    public long Size { get; private set; }

    /// <summary>Of the octets; after <see cref="Finish"/>.</summary>
    public byte[] Hash { get; private set; } = [];

    /// <summary>After <see cref="Finish"/>.</summary>
    public MessageIndex Index => _index ?? throw new InvalidOperationException("not finished");

    /// <summary>The index as it is kept.</summary>
    internal ReadOnlyMemory<byte> Mime => _mime.WrittenMemory;

    /// <summary>The next octets. Throws <see cref="IOException"/> where there is no room for them.</summary>
    public void Write(ReadOnlySpan<byte> octets)
    {
        _sha256.AppendData(octets);
        _scanner.Add(octets);
        if (_file is null && Size + octets.Length > InMemory) Spill();
        if (_file is not null) _file.Write(octets);
        else
        {
            Reserve((int)Size + octets.Length);
            octets.CopyTo(_memory.AsSpan((int)Size));
        }
        Size += octets.Length;
    }

    /// <summary>That was all.</summary>
    public void Finish()
    {
        Hash = _sha256.GetHashAndReset();
        _index = _scanner.Finish();
        MessageIndexCodec.Write(_index, _mime);
        _file?.Flush();
    }

    /// <summary>Puts some of its octets at the end of another. Throws <see cref="IOException"/> as <see cref="Write"/> does.</summary>
    public void CopyTo(StagedBody other, long offset, long count)
    {
        _file?.Flush();
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        for (int read; count > 0; (offset, count) = (offset + read, count - read))
        {
            read = Read(offset, piece.AsSpan(0, (int)Math.Min(PieceSize, count)));
            other.Write(piece.AsSpan(0, read));
        }
        ArrayPool<byte>.Shared.Return(piece);
    }

    /// <summary>Octets from an offset; fewer than asked for at the end alone.</summary>
    internal int Read(long offset, Span<byte> into)
    {
        int count = (int)Math.Min(into.Length, Size - offset);
        if (_file is null) _memory.AsSpan((int)offset, count).CopyTo(into);
        else
            for (int done = 0; done < count;)
            {
                int read = RandomAccess.Read(_file.SafeFileHandle, into[done..count], offset + done);
                if (read == 0) throw new EndOfStreamException();
                done += read;
            }
        return count;
    }

    private void Reserve(int size)
    {
        if (size <= _memory!.Length) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(size, 2 * _memory.Length));
        _memory.AsSpan(0, (int)Size).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_memory);
        _memory = larger;
    }

    private void Spill()
    {
        _file = new(Path.Combine(_folder, Path.GetRandomFileName()), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 1 << 16,
        });
        _file.Write(_memory!.AsSpan(0, (int)Size));
        Free();
    }

    private void Free()
    {
        if (_memory is not null) ArrayPool<byte>.Shared.Return(_memory);
        _memory = null;
    }

    public void Dispose()
    {
        Free();
        _file?.Dispose();
        _sha256.Dispose();
    }
}
