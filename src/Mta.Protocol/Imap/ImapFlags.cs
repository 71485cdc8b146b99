namespace Mta.Protocol.Imap;

/// <summary>The flags that every server knows (RFC 9051 §2.3.2); \Recent is that of RFC 3501.</summary>
[Flags]
public enum ImapSystemFlags : byte
{
    None = 0,
    Answered = 1,
    Flagged = 2,
    Deleted = 4,
    Seen = 8,
    Draft = 16,
    Recent = 32,
}

/// <summary>Flags of a message: those of the system, and keywords.</summary>
/// <param name="System">Never \Recent where it comes from a client.</param>
/// <param name="Keywords">Atoms of at most <see cref="MaxKeyword"/> octets, as the client spelled them, each once: they differ in more than case.</param>
public sealed record ImapFlags(ImapSystemFlags System, IReadOnlyList<string> Keywords)
{
    /// <summary>Octets of a keyword.</summary>
    public const int MaxKeyword = 64;

    public static ImapFlags None { get; } = new(ImapSystemFlags.None, []);
}
