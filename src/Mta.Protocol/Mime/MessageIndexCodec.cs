using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>The index in a compact binary form, to be kept beside the message.</summary>
public static class MessageIndexCodec
{
    /// <summary>The first octet of the form that is written now. A reader that finds another scans the message again.</summary>
    public const byte Version = 1;

    public static void Write(MessageIndex index, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>False for what is damaged or of another version. The index's texts are slices of <paramref name="octets"/>, which must not change.</summary>
    public static bool TryRead(byte[] octets, out MessageIndex? index) => throw new NotImplementedException();
}
