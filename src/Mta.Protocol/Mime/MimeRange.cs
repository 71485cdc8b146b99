namespace Mta.Protocol.Mime;

/// <summary>Octets of a message, counted from its first.</summary>
public readonly record struct MimeRange(long Offset, long Length)
{
    public long End => Offset + Length;
}
