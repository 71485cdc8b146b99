using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>
/// Takes the transfer encoding off a body (RFC 2045 §6), fed in pieces of any size. What is not written as it should be is read as mail programs do, and
/// <see cref="ErrorOffset"/> tells.
/// </summary>
public abstract class BodyDecoder
{
    /// <summary>The first octet that the encoding has no room for, counted from the body's first; -1 for none.</summary>
    public long ErrorOffset { get; protected set; } = -1;

    /// <summary>Null for an encoding that nobody knows: BINARY's UNKNOWN-CTE (RFC 9051 §6.4.5.1).</summary>
    public static BodyDecoder? For(MimePart part) => throw new NotImplementedException();

    public abstract void Decode(ReadOnlySpan<byte> input, IBufferWriter<byte> output);

    /// <summary>The body ends here. The decoder can begin another afterwards.</summary>
    public abstract void Finish(IBufferWriter<byte> output);
}
