namespace Mta.Protocol.Mime;

/// <summary>
/// An element of an address list as ENVELOPE shows it (RFC 9051 §7.5.2). A group begins with one that has no host and whose mailbox is the group's name, and
/// ends with one that has neither.
/// </summary>
/// <param name="Name">The display name, or the comment in its stead; encoded words stay.</param>
/// <param name="Route">The obsolete source route (RFC 5322 §4.4).</param>
public readonly record struct MimeAddress(MimeText Name, MimeText Route, MimeText Mailbox, MimeText Host)
{
    public bool IsGroupStart => Host.IsNil && !Mailbox.IsNil;

    public bool IsGroupEnd => Host.IsNil && Mailbox.IsNil;
}
