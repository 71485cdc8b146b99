using Mta.Accounts;
using Mta.Config;
using Mta.Protocol.Addresses;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Server;

namespace Mta.Smtp;

// Who the client is, what it may send as, and whether there is who it sends to.
internal sealed partial class SmtpConnectionActor
{
    private static readonly SmtpReply Locked = SmtpReply.Parse("454 4.7.0 too many failed attempts, try again later");
    private static readonly SmtpReply NoSuchMailbox = SmtpReply.Parse("550 5.1.1 no such mailbox here");
    private static readonly SmtpReply ListTooLong = SmtpReply.Parse("550 5.2.4 the list has more members than we take for one message");
    private static readonly SmtpReply NotYours = SmtpReply.Parse("550 5.7.1 you may not send as this address");
    private static readonly SmtpReply FromNotYours = SmtpReply.Parse("550 5.7.1 you may not send as an address in From or Sender");
    private static readonly SmtpReply TooManySent = SmtpReply.Parse("450 4.7.1 you have sent to as many recipients as you may within an hour, try again later");
    private static readonly SmtpReply AccountsFailed = SmtpReply.Parse("451 4.3.0 cannot look up accounts now, try again later");

    private Expansion? _expansion; // where a recipient was one of ours
    private Account? _judged; // and may sign in, once the mechanism is through

    /// <summary>The account of the client, or null.</summary>
    private Account? Account => Session.AccountName is null ? null : _judged;

    private string User => Session.AccountName ?? "none";

    private bool IsSubmission => kind is ListenerKind.Submission or ListenerKind.Submissions;

    private bool Authenticate()
    {
        if (context.Directory is not { } directory || Session.PendingStep is not { } step) return NotJudged();
        if (step is SaslStep.FindKeys(var name)) return Ask(cancel => directory.ScramKeysAsync(name, cancel), KeysFound, NotJudged);
        return Ask(cancel => SaslJudge.JudgeAsync(directory, context.Tokens, step, _peer.Address, cancel), outcome => Judged(SaslJudge.NameIn(step), outcome), NotJudged);
    }

    private bool KeysFound(ScramKeys keys)
    {
        Session.KeysFound(keys, Output);
        return true;
    }

    private bool Judged(string name, SignIn outcome)
    {
        switch (outcome)
        {
            case SignIn.Accepted(var account):
                _judged = account;
                Session.SignInAccepted(account.Address, Output);
                break;
            case SignIn.Refused:
                MailLog.SignInRefused(context.Log, name, _peer.Address, Session.HeloName);
                Session.SignInRefused(SmtpServerReplies.CredentialsInvalid, Output);
                break;
            default:
                MailLog.SignInRefused(context.Log, name, _peer.Address, Session.HeloName);
                Session.SignInRefused(outcome is SignIn.Locked ? Locked : SmtpServerReplies.SignInFailed, Output);
                break;
        }
        return true;
    }

    private bool NotJudged()
    {
        Session.SignInRefused(SmtpServerReplies.SignInFailed, Output);
        return true;
    }

    /// <summary>RFC 6409 §6.1. The null reverse-path is anyone's: a mail program sends its disposition notifications with it (RFC 8098 §3).</summary>
    private bool VerifySender()
    {
        var path = Session.Transaction!.ReversePath;
        if (Account is not { } account || context.Directory is not { } directory)
        {
            Session.SenderRefused(AccountsFailed, Output);
            return true;
        }
        if (path.Address.Length > 0) return Ask(cancel => directory.MaySendAsAsync(account, path, cancel), Judged, () => SenderRefused(AccountsFailed));
        Session.SenderAccepted(Output);
        return true;

        bool Judged(bool may)
        {
            if (!may) return SenderRefused(NotYours);
            Session.SenderAccepted(Output);
            return true;
        }
    }

    private bool SenderRefused(SmtpReply reply)
    {
        MailLog.SenderRefused(context.Log, From, reply, User, _peer.Address, Session.HeloName);
        Session.SenderRefused(reply, Output);
        return true;
    }

    /// <summary>A recipient of a domain of ours: there must be one, whoever sends.</summary>
    private bool VerifyLocal(IDirectory directory, MailPath path) =>
        Ask(cancel => directory.ResolveAsync(path, cancel), resolution => Resolved(path, resolution), () => RefuseRecipient(path, AccountsFailed));

    private bool Resolved(MailPath path, Resolution resolution)
    {
        switch (resolution)
        {
            case Resolution.Deliverable(var targets):
                var transaction = Session.Transaction!;
                if (targets.Length > _settings.MaxExpanded) return RefuseRecipient(path, ListTooLong);
                _expansion ??= new();
                if (_expansion.Count(transaction, targets.Length) > _settings.MaxExpanded) return RefuseRecipient(path, SmtpServerReplies.TooManyRecipients);
                _expansion.Add(transaction, targets);
                Session.RecipientAccepted(Output);
                return true;
            case Resolution.Closed(var reply):
                return RefuseRecipient(path, reply);
            default:
                return RefuseRecipient(path, NoSuchMailbox);
        }
    }

    private bool RefuseRecipient(MailPath path, SmtpReply refusal)
    {
        SmtpMetrics.RecipientRefused(refusal);
        MailLog.RecipientRefused(context.Log, path.Address, refusal, From, User, _peer.Address, Session.HeloName);
        Session.RecipientRefused(refusal, Output);
        return true;
    }

    /// <summary>A submitted message is complete: it goes on if it may.</summary>
    private bool StoreSubmitted(Account account, SubmittedMessage submitted)
    {
        if (submitted.Finish() is { } refusal) return NotStored(refusal);
        if (!context.Submission.CheckFrom) return StoreCounted(account);
        return Ask(cancel => MaySendAsAllAsync(account, submitted.Authors, cancel), may => may ? StoreCounted(account) : NotStored(FromNotYours), () => NotStored(AccountsFailed));
    }

    private async ValueTask<bool> MaySendAsAllAsync(Account account, IReadOnlyList<MailPath> authors, CancellationToken cancel)
    {
        foreach (var author in authors)
            if (!await context.Directory!.MaySendAsAsync(account, author, cancel).ConfigureAwait(false)) return false;
        return true;
    }

    private bool StoreCounted(Account account)
    {
        if (!context.Rates.TryTake(account, Session.Transaction!.Recipients.Count)) return NotStored(TooManySent);
        Store();
        return false;
    }

    private bool NotStored(SmtpReply reply)
    {
        DropMessage(reply);
        Session.MessageNotStored(reply, Output);
        return true;
    }
}
