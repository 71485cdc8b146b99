using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Puts new messages into mailboxes.</summary>
internal static class AppendMessage
{
    /// <summary>Throws <see cref="MailboxException"/> where there is no such mailbox, or no room.</summary>
    /// <param name="quota">Octets that the account may have, 0 for any.</param>
    public static AppendedMessage Run(AccountTransaction transaction, string mailboxName, NewMessage message, long quota)
    {
        var mailbox = transaction.Mailbox(mailboxName);
        long size = message.Trace.Length + message.Body.Size;
        if (quota > 0 && transaction.Octets + size > quota) throw new MailboxException(MailboxProblem.OverQuota, "the quota of the account is used up");
        var flags = (message.Flags & MailFlags.System) | KeywordTable.Flags(transaction, mailbox.Id, message.Keywords);
        long email = EmailTable.Add(transaction.Sql, transaction.AccountId, message.Body, message.Trace);
        var at = message.ReceivedAt ?? transaction.Now;
        return Insert(transaction, transaction.Mailbox(mailbox.Id), new()
        {
            EmailId = email,
            Flags = (long)flags,
            Size = size,
            ReceivedAt = at.ToUnixTimeMilliseconds(),
            ReceivedZone = (int)at.Offset.TotalMinutes,
        });
    }

    /// <summary>Gives a row its UID in a mailbox, and counts it.</summary>
    /// <param name="row">Without mailbox, UID and mod-sequence.</param>
    internal static AppendedMessage Insert(AccountTransaction transaction, MailboxRow mailbox, MessageRow row)
    {
        uint uid = checked((uint)mailbox.UidNext);
        row = row with { MailboxId = mailbox.Id, Uid = uid, ModSeq = transaction.ModSeq, SavedAt = transaction.Now.ToUnixTimeMilliseconds() };
        transaction.Sql.Execute(
            "INSERT INTO messages (mailbox_id, uid, email_id, mod_seq, flags, size, received_at, received_zone, saved_at) VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8)",
            row.MailboxId, row.Uid, row.EmailId, row.ModSeq, row.Flags, row.Size, row.ReceivedAt, row.ReceivedZone, row.SavedAt);
        var run = new UidRun(uid, uid);
        UidRunTable.Append(transaction.Sql, mailbox.Id, run);
        var flags = (MailFlags)row.Flags;
        transaction.Update(mailbox with
        {
            UidNext = uid + 1L,
            Messages = mailbox.Messages + 1,
            Unseen = mailbox.Unseen + ((flags & MailFlags.Seen) == 0 ? 1 : 0),
            Deleted = mailbox.Deleted + ((flags & MailFlags.Deleted) != 0 ? 1 : 0),
            Octets = mailbox.Octets + row.Size,
        });
        transaction.Count(1, row.Size);
        transaction.Tell(new MailboxEvent.Arrived(mailbox.Id, transaction.ModSeq, run));
        return new(mailbox.Id, (uint)mailbox.UidValidity, uid);
    }
}
