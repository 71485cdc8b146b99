using System.Collections.Immutable;
using Akka.Actor;
using Mta.Mailbox.Store;

namespace Mta.Mailbox;

/// <summary>A change to the mailboxes of an account that somebody waits for.</summary>
internal abstract class AccountChange(long accountId) : CommitThread.Change
{
    private IActorRef _account = ActorRefs.Nobody;

    public long AccountId => accountId;

    /// <summary>The session that has asked for it, or nobody.</summary>
    public IActorRef By { get; init; } = ActorRefs.Nobody;

    /// <summary>What happened; after it was made.</summary>
    public ImmutableArray<MailboxEvent> Events { get; protected set; } = [];

    /// <summary>The actor through which it goes.</summary>
    public AccountChange Through(IActorRef account)
    {
        _account = account;
        return this;
    }

    public sealed override void Made() => _account.Tell(new MailboxProtocol.Ended(this), ActorRefs.NoSender);

    public sealed override void Failed(Exception e)
    {
        (Error, Events) = (e, []);
        Made();
    }

    /// <summary>Why nothing was changed, or null.</summary>
    protected Exception? Error { get; private set; }

    /// <summary>Tells who waits.</summary>
    public abstract void Complete();
}

/// <inheritdoc/>
internal sealed class AccountChange<T>(long accountId, Func<AccountTransaction, T> change, TimeProvider clock) : AccountChange(accountId)
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _value = default!;

    public Task<T> Result => _result.Task;

    public override void Make(MailboxConnection connection)
    {
        var transaction = new AccountTransaction(connection, AccountId, clock.GetUtcNow());
        _value = change(transaction);
        transaction.Finish();
        Events = [.. transaction.Events];
    }

    public override void Complete()
    {
        if (Error is null) _result.SetResult(_value);
        else _result.SetException(Error);
    }
}
