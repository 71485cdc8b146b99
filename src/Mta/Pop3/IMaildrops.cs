using System.Collections.Immutable;
using Akka.Actor;
using Mta.Accounts;
using Mta.Mailbox;
using Mta.Protocol.Pop3;

namespace Mta.Pop3;

/// <summary>The mailboxes as POP3 sees them: one of each account. Safe from any thread. What cannot be done now is an <see cref="IOException"/>.</summary>
public interface IMaildrops
{
    /// <summary>Asks for the maildrop for this session alone, which is told <see cref="MailboxProtocol.Locked"/> and has it until it stops, or gives it back.</summary>
    void Lock(Account account, IActorRef session);

    /// <summary>The session does not need the maildrop any more: who asks for it after this call gets it.</summary>
    void Unlock(Account account, IActorRef session);

    /// <summary>What an account's inbox holds now.</summary>
    /// <param name="most">Of more messages these many newest ones.</param>
    ValueTask<IMaildrop> OpenAsync(Account account, int most, CancellationToken cancel);
}

/// <summary>A mailbox as it was when it was opened. Holds nothing open.</summary>
public interface IMaildrop
{
    /// <summary>Another one when its uids mean other messages than before.</summary>
    uint UidValidity { get; }

    /// <summary>The oldest first.</summary>
    ImmutableArray<Pop3Message> Messages { get; }

    /// <summary>Finds one of these messages; null where somebody has removed it since.</summary>
    ValueTask<IMessageText?> FindAsync(Pop3Message message, CancellationToken cancel);

    /// <summary>Removes these for good, which is on stable storage when it returns. What is gone already is no error.</summary>
    ValueTask RemoveAsync(IReadOnlyCollection<Pop3Message> messages, CancellationToken cancel);
}

/// <summary>The octets of a message. Holds nothing open.</summary>
public interface IMessageText
{
    /// <summary>Octets.</summary>
    long Size { get; }

    /// <summary>Octets from an offset, at least one; 0 at the end, and also where the message has gone meanwhile.</summary>
    ValueTask<int> ReadAsync(long offset, Memory<byte> into, CancellationToken cancel);
}
