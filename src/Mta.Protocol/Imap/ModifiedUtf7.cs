namespace Mta.Protocol.Imap;

/// <summary>Modified UTF-7, in which RFC 3501 §5.1.3 writes names of mailboxes.</summary>
public static class ModifiedUtf7
{
    /// <summary>What it stands for; null where it is not modified UTF-7 in its one canonical spelling.</summary>
    public static string? Decode(ReadOnlySpan<byte> text) => throw new NotImplementedException();

    /// <summary>The one spelling of a name.</summary>
    /// <exception cref="ArgumentException">It is no Unicode: half a surrogate pair.</exception>
    public static string Encode(string name) => throw new NotImplementedException();
}
