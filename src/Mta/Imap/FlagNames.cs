using Mta.Mailbox;
using Mta.Protocol.Imap;

namespace Mta.Imap;

/// <summary>The flags of the mailboxes as IMAP has them.</summary>
internal static class FlagNames
{
    private static readonly (MailFlags Ours, ImapSystemFlags Theirs, string Name)[] Table =
    [
        (MailFlags.Answered, ImapSystemFlags.Answered, @"\Answered"), (MailFlags.Flagged, ImapSystemFlags.Flagged, @"\Flagged"),
        (MailFlags.Deleted, ImapSystemFlags.Deleted, @"\Deleted"), (MailFlags.Seen, ImapSystemFlags.Seen, @"\Seen"), (MailFlags.Draft, ImapSystemFlags.Draft, @"\Draft"),
    ];

    /// <summary>\Recent is not among them: nobody can say which session is the first to see a message, and RFC 9051 has dropped it.</summary>
    public static ImapSystemFlags All => ImapSystemFlags.Answered | ImapSystemFlags.Flagged | ImapSystemFlags.Deleted | ImapSystemFlags.Seen | ImapSystemFlags.Draft;

    /// <summary>The system flags among these.</summary>
    public static IEnumerable<string> Of(MailFlags flags) => Table.Where(f => (flags & f.Ours) != 0).Select(f => f.Name);

    public static ImapSystemFlags ToImap(MailFlags flags)
    {
        var theirs = ImapSystemFlags.None;
        foreach (var flag in Table)
            if ((flags & flag.Ours) != 0) theirs |= flag.Theirs;
        return theirs;
    }

    public static MailFlags FromImap(ImapSystemFlags flags)
    {
        var ours = MailFlags.None;
        foreach (var flag in Table)
            if ((flags & flag.Theirs) != 0) ours |= flag.Ours;
        return ours;
    }
}
