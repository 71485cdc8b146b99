using System.Buffers;

namespace Mta.Protocol.Mime;

/// <summary>
/// HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1): the fields of a header section that are named, or those that are not, folds and all, and the empty
/// line. Fed with the octets of the header section in pieces of any size.
/// </summary>
public sealed class HeaderFilter(IReadOnlyList<string> names, bool not)
{
    public void Add(ReadOnlySpan<byte> header, IBufferWriter<byte> output) => throw new NotImplementedException();

    /// <summary>The header section ends here.</summary>
    public void Finish(IBufferWriter<byte> output) => throw new NotImplementedException();
}
