using Mta.Mailbox;
using Mta.Protocol.Imap;

namespace Mta.Imap;

/// <summary>How a command ended: its tagged response, and what may be told before it.</summary>
/// <param name="HidesExpunged">EXPUNGE must not be told with it (RFC 9051 §7.5.1): the numbers that the client uses next must still mean what it thinks.</param>
/// <param name="OwnModSeq">Of the change that the command made to flags, and has told of itself; 0 for none.</param>
/// <param name="IsSilent">It has not told the flags (STORE FLAGS.SILENT).</param>
internal sealed record ImapResult(ImapStatus Status, ImapCode Code, string Text, bool HidesExpunged = false, long OwnModSeq = 0, bool IsSilent = false)
{
    public static ImapResult Ok(string text, ImapCode code = default) => new(ImapStatus.Ok, code, text);

    public static ImapResult No(string text, ImapCode code = default) => new(ImapStatus.No, code, text);

    public static ImapResult Bad(string text, ImapCode code = default) => new(ImapStatus.Bad, code, text);

    /// <param name="forMessage">A message was to go there.</param>
    public static ImapResult Of(MailboxException e, bool forMessage = false) => No(e.Message, e.Problem switch
    {
        MailboxProblem.NoSuchMailbox when forMessage => ImapCode.TryCreate,
        MailboxProblem.NoSuchMailbox => ImapCode.NonExistent,
        MailboxProblem.NoSuchMessage => ImapCode.ExpungeIssued,
        MailboxProblem.Exists => ImapCode.AlreadyExists,
        MailboxProblem.HasChildren => ImapCode.HasChildren,
        MailboxProblem.Cannot => ImapCode.Cannot,
        MailboxProblem.TooManyAnnotations => new("METADATA TOOMANY"),
        MailboxProblem.NotPermitted => ImapCode.NoPerm,
        MailboxProblem.OverQuota => ImapCode.OverQuota,
        MailboxProblem.SpecialUseTaken => ImapCode.UseAttr,
        _ => ImapCode.Limit,
    });
}
