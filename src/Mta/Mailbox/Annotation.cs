namespace Mta.Mailbox;

/// <summary>Something that is noted of a mailbox, or of the server (RFC 5464 §3).</summary>
/// <param name="Entry">In lower case: <c>/shared/…</c>, the same for all, or <c>/private/…</c>, of one account alone.</param>
public sealed record Annotation(string Entry, byte[] Value)
{
    /// <summary>Octets of the name of an entry.</summary>
    public const int MaxEntry = 1000;

    public static bool IsShared(string entry) => entry.StartsWith("/shared", StringComparison.Ordinal);
}
