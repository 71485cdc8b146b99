using LinqToDB;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>What REPLACE did.</summary>
/// <param name="ModSeq">Of the mailbox that the old one was in.</param>
public sealed record ReplacedMessage(AppendedMessage New, long ModSeq);

/// <summary>Puts a message in the place of another, in the same mailbox or elsewhere.</summary>
internal static class ReplaceMessage
{
    /// <summary>Throws <see cref="MailboxException"/> where the old one is gone, the other mailbox does not exist or there is no room: then nothing was changed.</summary>
    public static ReplacedMessage Run(AccountTransaction transaction, long mailboxId, uint uid, string target, NewMessage message, long quota)
    {
        long old = uid;
        if (transaction.Db.GetTable<MessageRow>().Where(m => m.MailboxId == mailboxId && m.Uid == old).Select(m => (long?)m.Size).FirstOrDefault() is not { } size)
            throw new MailboxException(MailboxProblem.NoSuchMessage, "the message is gone");
        // RFC 8508 §3.3: as if the old one were gone already
        var appended = AppendMessage.Run(transaction, target, message, quota > 0 ? quota + size : 0);
        ExpungeMessages.Run(transaction, mailboxId, [new(uid, uid)], deletedOnly: false);
        return new(appended, transaction.ModSeq);
    }
}
