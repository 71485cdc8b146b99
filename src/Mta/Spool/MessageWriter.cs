using System.Buffers;

namespace Mta.Spool;

/// <summary>
/// Takes the octets of one message while they arrive: in pooled memory up to the configured size, in a file of its own beyond. Used by
/// one thread at a time. A full disk shows in <see cref="Failure"/>, not as an exception: the writer then swallows what follows.
/// </summary>
public sealed class MessageWriter : IBufferWriter<byte>, IDisposable
{
    private const int FirstBuffer = 8 * 1024, FileBuffer = 128 * 1024;
    private readonly BodyStore _bodies;
    private readonly Inbox _inbox;
    private byte[]? _buffer;
    private int _used;
    private long _written;
    private LargeBody? _file;

    internal MessageWriter(BodyStore bodies, Inbox inbox)
    {
        (_bodies, _inbox) = (bodies, inbox);
        _buffer = bodies.Budget.Rent(FirstBuffer);
        inbox.BeginReceiving();
    }

    /// <summary>Octets written so far.</summary>
    public long Length => _written + _used;

    /// <summary>Why the message cannot be stored, or null.</summary>
    public string? Failure => Error?.Message;

    internal IOException? Error { get; private set; }

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(MessageWriter));

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(Buffer.Length - BodyMemory.Spare - _used));
        _used += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return Buffer.AsMemory(_used..^BodyMemory.Spare);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Gives up the message.</summary>
    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _bodies.Budget.Return(buffer);
            End();
        }
        Abandon();
    }

    /// <summary>Hands over the body in memory, or null where it went to a file. Ends the writer.</summary>
    internal BodyMemory? TakeMemory()
    {
        if (_file is not null || Error is not null) return null;
        var memory = new BodyMemory(_bodies.Budget, Buffer, _used);
        End();
        return memory;
    }

    /// <summary>Hands over the finished file, which is not yet durable, or null where it could not be written. Ends the writer.</summary>
    internal LargeBody? TakeFile()
    {
        Flush();
        WriteToFile(static (file, _) => file.Finish(), default);
        var taken = _file;
        _file = null;
        Dispose();
        return taken;
    }

    private void End()
    {
        _buffer = null;
        _inbox.EndReceiving();
    }

    private void Reserve(int sizeHint)
    {
        int need = Math.Max(sizeHint, 1);
        if (Buffer.Length - BodyMemory.Spare - _used >= need) return;
        if (_file is null && Error is null)
        {
            if (_used + need <= _bodies.SpillLength)
            {
                Grow(Math.Max(Buffer.Length * 2, _used + need + BodyMemory.Spare));
                return;
            }
            try
            {
                _file = _bodies.Large.Create();
            }
            catch (IOException e)
            {
                Error = e;
            }
        }
        Flush();
        if (Buffer.Length < Math.Max(need, FileBuffer)) Grow(Math.Max(need, FileBuffer) + BodyMemory.Spare);
    }

    private void Grow(int length)
    {
        byte[] larger = _bodies.Budget.Rent(length);
        Buffer.AsSpan(0, _used).CopyTo(larger);
        _bodies.Budget.Return(Buffer);
        _buffer = larger;
    }

    private void Flush()
    {
        WriteToFile(static (file, bytes) => file.Append(bytes), Buffer.AsMemory(0, _used));
        _written += _used;
        _used = 0;
    }

    private void WriteToFile(Action<LargeBody, ReadOnlyMemory<byte>> write, ReadOnlyMemory<byte> bytes)
    {
        if (_file is null) return;
        try
        {
            write(_file, bytes);
        }
        catch (IOException e)
        {
            Error = e;
            Abandon();
        }
    }

    private void Abandon()
    {
        if (_file is { } file) _bodies.Large.Discard(file);
        _file = null;
    }
}
