using Mta.Mail;
using Mta.Mailbox.Store;

namespace Mta.Mailbox.Changes;

/// <summary>Delivers a message of the queue, once however often it is tried.</summary>
internal static class DeliverMessage
{
    /// <summary>Longer than a message can stay in the queue, and than a data folder is put aside and started again.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    /// <summary>Forgotten at once: a delivery is not to wait for more.</summary>
    private const int MaxForgotten = 20;

    /// <summary>False where it had been delivered already.</summary>
    public static bool Run(AccountTransaction transaction, MessageId id, string recipient, NewMessage message, long quota)
    {
        var (sql, account, key) = (transaction.Sql, transaction.AccountId, unchecked((long)id.Value));
        if (sql.Execute("INSERT INTO deliveries (account_id, message_id, recipient, delivered_at) VALUES (@0, @1, @2, @3) ON CONFLICT DO NOTHING",
            account, key, recipient, transaction.Now.ToUnixTimeMilliseconds()) == 0) return false;
        AppendMessage.Run(transaction, MailboxName.Inbox, message, quota);
        long before = (transaction.Now - Remembered).ToUnixTimeMilliseconds();
        sql.Execute($"DELETE FROM deliveries WHERE (account_id, message_id, recipient) IN (SELECT account_id, message_id, recipient FROM deliveries WHERE delivered_at < @0 LIMIT {MaxForgotten})", before);
        return true;
    }
}
