using System.Buffers;
using Akka.Actor;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Delivery;

/// <summary>
/// Hands out the body of a message piece by piece: from memory at once, from the disk by way of the thread pool, because the threads
/// that drive connections must not wait.
/// </summary>
internal sealed class BodyReader : IDisposable
{
    /// <summary>Octets of a piece; also the largest body that is sent before its recipients are accepted.</summary>
    public const int PieceSize = 64 * 1024;

    private readonly BodyLease _lease;
    private readonly ReadOnlyMemory<byte>? _memory;
    private byte[]? _buffer;
    private Task<int>? _read;
    private long _offset;

    /// <summary>Takes over the lease.</summary>
    public BodyReader(BodyLease lease)
    {
        _lease = lease;
        if (lease.TryGetMemory(out var memory)) _memory = memory;
    }

    /// <summary>A rewritten body in the place of the lease's.</summary>
    public BodyReader(BodyLease lease, ReadOnlyMemory<byte> converted) => (_lease, _memory, IsConverted) = (lease, converted, true);

    public bool IsConverted { get; }

    /// <summary>Small and in memory.</summary>
    public bool IsAtHand => _memory is { Length: <= PieceSize };

    /// <summary>In memory, of any size: <see cref="Next"/> never has to wait.</summary>
    public bool IsInMemory => _memory is not null;

    /// <summary>Octets that go out: with the CRLF that <see cref="Protocol.Smtp.Client.DotStuffer"/> adds to a text that lacks it.</summary>
    public long WireLength(BodyType type)
    {
        if (_memory is not { } memory) return _lease.Length;
        return type == BodyType.BinaryMime || memory.Length == 0 || memory.Span.EndsWith("\r\n"u8) ? memory.Length : memory.Length + 2;
    }

    /// <summary>Back to the first octet, for the next transaction.</summary>
    public void Rewind() => _offset = 0;

    /// <summary>The next piece, empty at the end; valid until the next call. Only where <see cref="IsInMemory"/>.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var rest = _memory!.Value.Span[(int)_offset..];
        var piece = rest[..Math.Min(rest.Length, PieceSize)];
        _offset += piece.Length;
        return piece;
    }

    /// <summary>Reads the next piece from the disk; <paramref name="owner"/> is told <see cref="PieceRead"/> or <see cref="ReadFailed"/>.</summary>
    public void ReadNext(IActorRef owner)
    {
        byte[] buffer = _buffer ??= ArrayPool<byte>.Shared.Rent(PieceSize);
        long offset = _offset;
        _read = Task.Run(() => _lease.Read(offset, buffer.AsSpan(0, PieceSize)));
        _read.PipeTo(owner, success: count => new PieceRead(count), failure: e => new ReadFailed(e.GetBaseException().Message));
    }

    /// <summary>What a <see cref="PieceRead"/> told of.</summary>
    public ReadOnlySpan<byte> Take(PieceRead read)
    {
        _offset += read.Count;
        return _buffer.AsSpan(0, read.Count);
    }

    /// <summary>Gives back lease and buffer, when a read that is under way is done with them.</summary>
    public void Dispose()
    {
        if (_read is { IsCompleted: false }) _read.ContinueWith(_ => Release(), TaskScheduler.Default);
        else Release();
    }

    private void Release()
    {
        _lease.Dispose();
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    /// <param name="Count">0 at the end.</param>
    internal sealed record PieceRead(int Count) : Akka.Event.IDeadLetterSuppression;

    internal sealed record ReadFailed(string Reason) : Akka.Event.IDeadLetterSuppression;
}
