namespace Mta.Mailbox;

/// <summary>What an account may do with a mailbox (RFC 4314 §2.1).</summary>
[Flags]
public enum MailboxRights
{
    None = 0,

    /// <summary>Know that it is there.</summary>
    Lookup = 1,
    Read = 2,

    /// <summary>Change \Seen.</summary>
    Seen = 4,

    /// <summary>Change the flags other than \Seen and \Deleted.</summary>
    Write = 8,
    Insert = 16,

    /// <summary>Send mail to it. Kept and told; nothing here asks for it (RFC 4314 §2.1: "not enforced by IMAP4 itself").</summary>
    Post = 32,

    /// <summary>Make mailboxes below it.</summary>
    Create = 64,

    /// <summary>Delete the mailbox, or give it another name.</summary>
    Delete = 128,

    /// <summary>Change \Deleted.</summary>
    DeleteMessages = 256,
    Expunge = 512,

    /// <summary>See and change who has which rights.</summary>
    Administer = 1024,

    All = 2047,
}

/// <summary>What the rights come to.</summary>
public static class MailboxRightsFlags
{
    /// <summary>The flags that one who has these rights can change (RFC 4314 §4).</summary>
    public static MailFlags Flags(this MailboxRights rights) =>
        ((rights & MailboxRights.Seen) != 0 ? MailFlags.Seen : MailFlags.None)
        | ((rights & MailboxRights.DeleteMessages) != 0 ? MailFlags.Deleted : MailFlags.None)
        | ((rights & MailboxRights.Write) != 0 ? ~(MailFlags.Seen | MailFlags.Deleted) : MailFlags.None);
}
