using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Puts a message into a mailbox that comes from elsewhere, once however often it is imported.</summary>
internal static class ImportMessage
{
    /// <summary>Null where it is there already: the same octets, received in the same second.</summary>
    /// <param name="copy">It is the first, the second … of the same: there must be as many. 0: put it there whatever there is.</param>
    public static AppendedMessage? Run(AccountTransaction transaction, string mailbox, NewMessage message, long quota, int copy) =>
        copy > 0 && Count(transaction, transaction.Mailbox(mailbox).Id, message) >= copy ? null : AppendMessage.Run(transaction, mailbox, message, quota);

    // in this order: from the one body to its few emails, never through the mailbox
    private static long Count(AccountTransaction transaction, long mailbox, NewMessage message) => transaction.Sql.Scalar("""
        SELECT COUNT(*) FROM bodies b CROSS JOIN emails e CROSS JOIN messages m
        WHERE b.hash = @0 AND e.body_id = b.id AND e.account_id = @1 AND e.trace = @2 AND m.email_id = e.id AND +m.mailbox_id = @3 AND m.received_at / 1000 = @4 / 1000
        """, message.Body.Hash, transaction.AccountId, message.Trace, mailbox, (message.ReceivedAt ?? transaction.Now).ToUnixTimeMilliseconds());
}
