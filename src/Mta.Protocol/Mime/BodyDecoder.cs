using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>
/// Takes the transfer encoding off a body (RFC 2045 §6), fed in pieces of any size. What is not written as it should be is read as mail programs do, and
/// <see cref="ErrorOffset"/> tells.
/// </summary>
public abstract class BodyDecoder
{
    /// <summary>Octets of the body that were given so far.</summary>
    protected long Offset { get; private set; }

    /// <summary>The first octet that the encoding has no room for, counted from the body's first, or its length where the end comes too early; -1 for none.</summary>
    public long ErrorOffset { get; private set; } = -1;

    /// <summary>The octets are their own meaning: 7bit, 8bit or binary.</summary>
    public virtual bool IsIdentity => false;

    /// <summary>Null for an encoding that nobody knows: BINARY's UNKNOWN-CTE (RFC 9051 §6.4.5.1).</summary>
    public static BodyDecoder? For(MimePart part)
    {
        var encoding = part.TransferEncoding;
        // RFC 2045 §6.4: what is made of parts has no encoding of its own, whatever it says
        if (encoding.IsNil || part.IsMultipart || part.Message is not null || encoding.Is("7bit"u8) || encoding.Is("8bit"u8) || encoding.Is("binary"u8)) return new IdentityDecoder();
        if (encoding.Is("base64"u8)) return new Base64Decoder();
        return encoding.Is("quoted-printable"u8) ? new QuotedPrintableDecoder() : null;
    }

    public void Decode(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        Take(input, output);
        Offset += input.Length;
    }

    /// <summary>The body ends here.</summary>
    public virtual void Finish(IBufferWriter<byte> output) { }

    protected abstract void Take(ReadOnlySpan<byte> input, IBufferWriter<byte> output);

    /// <param name="offset">Counted from the body's first octet.</param>
    protected void Report(long offset)
    {
        if (ErrorOffset < 0) ErrorOffset = offset;
    }
}
