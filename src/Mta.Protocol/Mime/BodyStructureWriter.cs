using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>The value of the FETCH items BODY and BODYSTRUCTURE (RFC 9051 §7.5.2).</summary>
public static class BodyStructureWriter
{
    /// <param name="part">The message's <see cref="MessageIndex.Root"/>.</param>
    /// <param name="extended">BODYSTRUCTURE, with its extension data; otherwise BODY.</param>
    /// <param name="utf8">As for <see cref="EnvelopeWriter.Write"/>.</param>
    public static void Write(IBufferWriter<byte> output, MimePart part, bool extended, bool utf8) => throw new NotImplementedException();
}
