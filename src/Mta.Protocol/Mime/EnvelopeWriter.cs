using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>The value of the FETCH item ENVELOPE (RFC 9051 §7.5.2).</summary>
public static class EnvelopeWriter
{
    /// <param name="utf8">The client has accepted UTF-8 in quoted strings: IMAP4rev2, or ENABLE UTF8=ACCEPT (RFC 6855).</param>
    public static void Write(IBufferWriter<byte> output, Envelope envelope, bool utf8) => throw new NotImplementedException();
}
