namespace Mta.Protocol.Mime;

/// <summary>The FETCH item PREVIEW (RFC 8970): the beginning of the text, for a list of messages.</summary>
public static class Preview
{
    /// <summary>Characters of the longest preview (RFC 8970 §3.2).</summary>
    public const int MostCharacters = 200;

    /// <summary>Octets of a part's body that are looked at.</summary>
    public const int MostOctets = 16 * 1024;

    /// <summary>The part whose text it is; null where the message has none: the preview is empty.</summary>
    public static MimePart? Find(MessageIndex index) => throw new NotImplementedException();

    /// <param name="body">The first octets of the part's body, <see cref="MostOctets"/> at most.</param>
    public static string Read(MimePart part, ReadOnlySpan<byte> body) => throw new NotImplementedException();
}
