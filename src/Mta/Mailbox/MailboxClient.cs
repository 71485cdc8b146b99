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
    private readonly IActorRef _by;

    internal MailboxClient(MailStore store, IActorRef mailboxes, TimeProvider clock, IActorRef? by = null) =>
        (Store, _mailboxes, _clock, _by) = (store, mailboxes, clock, by ?? ActorRefs.Nobody);

    /// <summary>The same for a session: what it changes is told with its name.</summary>
    public MailboxClient By(IActorRef session) => new(Store, _mailboxes, _clock, session);

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
        Account account, long mailboxId, IReadOnlyList<UidRun> messages, FlagChange change, MailFlags flags, IReadOnlyList<string> keywords, long? unchangedSince = null,
        MailFlags may = MailFlags.Any) =>
        Change(account, t => StoreFlags.Run(t, mailboxId, messages, change, flags, keywords, unchangedSince, may));

    /// <param name="account">That has <paramref name="target"/>; the other mailbox may be anyone's.</param>
    /// <param name="may">The flags that the copies can have.</param>
    public Task<CopiedMessages> CopyAsync(Account account, long mailboxId, IReadOnlyList<UidRun> messages, string target, MailFlags may = MailFlags.Any) =>
        Change(account, t => CopyMessages.Run(t, mailboxId, messages, target, move: false, account.Quota, may));

    /// <param name="account">That has the messages.</param>
    /// <param name="to">That has <paramref name="target"/>.</param>
    /// <param name="may">The flags that they can have there.</param>
    public async Task<CopiedMessages> MoveAsync(Account account, long mailboxId, IReadOnlyList<UidRun> messages, Account to, string target, MailFlags may = MailFlags.Any)
    {
        if (to.Id == account.Id) return await Change(account, t => CopyMessages.Run(t, mailboxId, messages, target, move: true, account.Quota, may)).ConfigureAwait(false);
        // RFC 6851 §3.3: none is lost. Each account has a writer of its own, so there are two changes; a crash between them leaves a message in both
        var copied = await CopyAsync(to, mailboxId, messages, target, may).ConfigureAwait(false);
        if (copied.From.Length == 0) return copied;
        var gone = await Change(account, t => new ExpungedMessages(ExpungeMessages.Run(t, mailboxId, UidRun.Of(copied.From.Order()), deletedOnly: false), t.ModSeq)).ConfigureAwait(false);
        return copied with { ModSeq = gone.ModSeq };
    }

    /// <summary>A message in the place of another, whose mailbox it need not be.</summary>
    /// <param name="account">That has the old one.</param>
    /// <param name="to">That has <paramref name="target"/>.</param>
    public async Task<ReplacedMessage> ReplaceAsync(Account account, long mailboxId, uint uid, Account to, string target, NewMessage message)
    {
        if (to.Id == account.Id) return await Change(account, t => ReplaceMessage.Run(t, mailboxId, uid, target, message, account.Quota)).ConfigureAwait(false);
        // two writers, as for MOVE: a crash between them leaves both messages
        var appended = await AppendAsync(to, target, message).ConfigureAwait(false);
        long modSeq = await Change(account, t =>
        {
            ExpungeMessages.Run(t, mailboxId, [new(uid, uid)], deletedOnly: false);
            return t.ModSeq;
        }).ConfigureAwait(false);
        return new(appended, modSeq);
    }

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

    /// <param name="isOthers">It is a name below <see cref="MailboxName.OtherUsers"/>, and was looked up.</param>
    public Task SubscribeAsync(Account account, string name, bool subscribed, bool isOthers = false) => Change(account, t => Do(() => Subscribe.Run(t, name, subscribed, isOthers)));

    /// <summary>Grants rights to a mailbox of an account, or takes them away.</summary>
    /// <param name="grantee">Null for anyone.</param>
    /// <param name="change">From what was granted before.</param>
    public Task ChangeAclAsync(Account account, string name, Account? grantee, Func<MailboxRights, MailboxRights> change) =>
        Change(account, t => Do(() => ChangeAcl.Run(t, account, name, grantee, change)));

    /// <summary>Notes something of a mailbox or of the server, or takes notes away: all of them or none.</summary>
    /// <param name="name">Of a mailbox; null for the server.</param>
    /// <param name="by">Whose the private ones are.</param>
    /// <param name="values">By entry; null takes it away.</param>
    /// <param name="most">Entries that there can be.</param>
    public Task AnnotateAsync(Account account, string? name, Account by, IReadOnlyList<KeyValuePair<string, byte[]?>> values, int most) =>
        Change(account, t => Do(() => Annotate.Run(t, name, by.Id, values, most)));

    /// <summary>All mailboxes of an account that is gone.</summary>
    public async Task RemoveAccountAsync(long accountId)
    {
        await ChangeAsync(accountId, t => Do(() => RemoveAccount.Run(t))).ConfigureAwait(false);
        Store.Texts.Remove(accountId);
    }

    /// <summary>Makes the first mailboxes of an account that has none.</summary>
    public async Task<bool> EnsureAsync(Account account) => await Task.Run(() => Exists(account)).ConfigureAwait(false) || await Change(account, _ => true).ConfigureAwait(false);

    /// <summary>Has a session told of all that happens in an account, as <see cref="MailboxProtocol.Happened"/>: of what is committed after this has completed, in any case.</summary>
    public Task WatchAsync(long accountId, IActorRef session)
    {
        var watch = new MailboxProtocol.Watch(session, new(TaskCreationOptions.RunContinuationsAsynchronously));
        Tell(accountId, watch);
        return watch.Done.Task;
    }

    /// <summary>Has a session told nothing more of an account.</summary>
    public void Unwatch(long accountId, IActorRef session) => Tell(accountId, new MailboxProtocol.Unwatch(session));

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
        var made = new AccountChange<T>(accountId, change, _clock) { By = _by };
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
