using LinqToDB;
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
        var (db, account, key) = (transaction.Db, transaction.AccountId, unchecked((long)id.Value));
        var deliveries = db.GetTable<DeliveryRow>();
        if (deliveries.Any(d => d.AccountId == account && d.MessageId == key && d.Recipient == recipient)) return false;
        db.Insert(new DeliveryRow { AccountId = account, MessageId = key, Recipient = recipient, DeliveredAt = transaction.Now.ToUnixTimeMilliseconds() });
        AppendMessage.Run(transaction, MailboxName.Inbox, message, quota);
        long before = (transaction.Now - Remembered).ToUnixTimeMilliseconds();
        if (deliveries.Any(d => d.DeliveredAt < before))
            deliveries.Where(d => d.DeliveredAt < before).OrderBy(d => d.DeliveredAt).Take(MaxForgotten).Delete();
        return true;
    }
}
