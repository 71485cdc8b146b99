using System.Collections.Immutable;
using Akka.Actor;
using Mta.Accounts;
using Mta.Mail;
using Mta.Mailbox.Changes;
using Mta.Mailbox.Store;

namespace Mta.Mailbox;

/// <summary>
/// Changes the mailboxes of accounts: each call completes when the change is on stable storage and all sessions were told. They fail with
/// <see cref="MailboxException"/> where a rule is broken, with <see cref="IOException"/> where the disk fails; then nothing was changed.
/// </summary>
public sealed class MailboxClient
{
    private readonly IActorRef _mailboxes;
    private readonly TimeProvider _clock;

    internal MailboxClient(MailStore store, IActorRef mailboxes, TimeProvider clock) => (Store, _mailboxes, _clock) = (store, mailboxes, clock);

    public MailStore Store { get; }

    /// <summary>Delivers a message of the queue to INBOX: true, or false where that had been done before.</summary>
    public Task<bool> DeliverAsync(Account account, MessageId id, string recipient, NewMessage message) =>
        Change(account, t => DeliverMessage.Run(t, id, recipient, message, account.Quota));

    public Task<AppendedMessage> AppendAsync(Account account, string mailbox, NewMessage message) => Change(account, t => AppendMessage.Run(t, mailbox, message, account.Quota));

    /// <summary>Several messages, all of them or none (MULTIAPPEND, RFC 3502).</summary>
    public Task<ImmutableArray<AppendedMessage>> AppendAsync(Account account, string mailbox, IReadOnlyList<NewMessage> messages) =>
        Change(account, t => messages.Select(m => AppendMessage.Run(t, mailbox, m, account.Quota)).ToImmutableArray());

    /// <summary>A message from elsewhere; null where it is there already, unless <paramref name="copy"/> is 0: see <see cref="ImportMessage.Run"/>.</summary>
    public Task<AppendedMessage?> ImportAsync(Account account, string mailbox, NewMessage message, int copy) =>
        Change(account, t => ImportMessage.Run(t, mailbox, message, account.Quota, copy));

    public Task<StoredFlags> StoreFlagsAsync(
        Account account, long mailboxId, IReadOnlyList<UidRun> messages, FlagChange change, MailFlags flags, IReadOnlyList<string> keywords, long? unchangedSince = null) =>
        Change(account, t => StoreFlags.Run(t, mailboxId, messages, change, flags, keywords, unchangedSince));

    public Task<CopiedMessages> CopyAsync(Account account, long mailboxId, IReadOnlyList<UidRun> messages, string target) =>
        Change(account, t => CopyMessages.Run(t, mailboxId, messages, target, move: false, account.Quota));

    public Task<CopiedMessages> MoveAsync(Account account, long mailboxId, IReadOnlyList<UidRun> messages, string target) =>
        Change(account, t => CopyMessages.Run(t, mailboxId, messages, target, move: true, account.Quota));

    /// <summary>A message in the place of another, whose mailbox it need not be.</summary>
    public Task<ReplacedMessage> ReplaceAsync(Account account, long mailboxId, uint uid, string target, NewMessage message) =>
        Change(account, t => ReplaceMessage.Run(t, mailboxId, uid, target, message, account.Quota));

    /// <summary>Takes out those with \Deleted.</summary>
    public Task<ExpungedMessages> ExpungeAsync(Account account, long mailboxId, IReadOnlyList<UidRun> messages) =>
        Change(account, t => new ExpungedMessages(ExpungeMessages.Run(t, mailboxId, messages, deletedOnly: true), t.ModSeq));

    /// <summary>Takes out these, whatever their flags are.</summary>
    public Task<ImmutableArray<UidRun>> RemoveAsync(Account account, long mailboxId, IReadOnlyList<UidRun> messages) =>
        Change(account, t => ExpungeMessages.Run(t, mailboxId, messages, deletedOnly: false));

    /// <summary>Its id.</summary>
    public Task<long> CreateAsync(Account account, string name, string? specialUse = null) => Change(account, t => CreateMailbox.Run(t, name, specialUse).Id);

    public Task DeleteAsync(Account account, string name) => Change(account, t => Do(() => DeleteMailbox.Run(t, name)));

    public Task RenameAsync(Account account, string from, string to) => Change(account, t => Do(() => RenameMailbox.Run(t, from, to)));

    public Task SubscribeAsync(Account account, string name, bool subscribed) => Change(account, t => Do(() => Subscribe.Run(t, name, subscribed)));

    /// <summary>All mailboxes of an account that is gone.</summary>
    public async Task RemoveAccountAsync(long accountId)
    {
        await ChangeAsync(accountId, t => Do(() => RemoveAccount.Run(t))).ConfigureAwait(false);
        Store.Texts.Remove(accountId);
    }

    /// <summary>Makes the first mailboxes of an account that has none.</summary>
    public async Task<bool> EnsureAsync(Account account) => await Task.Run(() => Exists(account)).ConfigureAwait(false) || await Change(account, _ => true).ConfigureAwait(false);

    /// <summary>Has a session told of all that happens in an account: <see cref="MailboxProtocol.Watching"/>, then <see cref="MailboxProtocol.Happened"/>.</summary>
    public void Watch(Account account, IActorRef session) => Tell(account, new MailboxProtocol.Watch(session));

    /// <summary>Has a session told nothing more of an account.</summary>
    public void Unwatch(Account account, IActorRef session) => Tell(account, new MailboxProtocol.Unwatch(session));

    /// <summary>Asks for the maildrop for a POP3 session, which is told <see cref="MailboxProtocol.Locked"/> and has it until it stops.</summary>
    public void LockMaildrop(Account account, IActorRef session) => Tell(account, new MailboxProtocol.LockMaildrop(session));

    /// <summary>The session does not need the maildrop any more: it is free for who asks after this call.</summary>
    public void UnlockMaildrop(Account account, IActorRef session) => Tell(account, new MailboxProtocol.UnlockMaildrop(session));

    private bool Exists(Account account)
    {
        using var reader = Store.Read(account.Id);
        return reader.Exists;
    }

    private Task<T> Change<T>(Account account, Func<AccountTransaction, T> change) => ChangeAsync(account.Id, change);

    /// <summary>Any change to the mailboxes of an account.</summary>
    internal Task<T> ChangeAsync<T>(long accountId, Func<AccountTransaction, T> change)
    {
        var made = new AccountChange<T>(accountId, change, _clock);
        Tell(accountId, new MailboxProtocol.Make(made));
        return made.Result;
    }

    private void Tell(Account account, object message) => Tell(account.Id, message);

    private void Tell(long accountId, object message) => _mailboxes.Tell(new MailboxProtocol.ForAccount(accountId, message), ActorRefs.NoSender);

    private static bool Do(Action action)
    {
        action();
        return true;
    }
}
