using System.Buffers;

namespace Mta.Spool;

/// <summary>
/// Takes the octets of one message while they arrive: in pooled memory up to the configured size, in a file of its own beyond. Used by
/// one thread at a time. A full disk shows in <see cref="Failure"/>, not as an exception: the writer then swallows what follows.
/// </summary>
public sealed class MessageWriter : IBufferWriter<byte>, IDisposable
{
    /// <summary>Octets written so far.</summary>
    public long Length => throw new NotSupportedException();

    /// <summary>Why the message cannot be stored, or null.</summary>
    public string? Failure => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Advance(int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => throw new NotSupportedException();

    /// <summary>Gives up the message.</summary>
    public void Dispose() => throw new NotSupportedException();
}
