using Mta.Mail;
using Mta.Net;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Smtp;

// The mail transaction: recipients, and the way of a message into the spool.
internal sealed partial class SmtpConnectionActor
{
    /// <summary>Whether the session can go on at once.</summary>
    private bool VerifyRecipient()
    {
        var path = Resolve(Session.PendingRecipient!.Path);
        if (Account is { } account && !context.Rates.Allows(account, Session.Transaction!.Recipients.Count + 1)) return RefuseRecipient(path, TooManySent);
        if (context.Directory is { } directory && directory.IsLocal(path.Domain)) return VerifyLocal(directory, path);
        bool isPostmaster = _settings.PostmasterIsOpen && ReferenceEquals(path, _settings.Postmaster);
        // who has an account may send to anyone
        if (!isPostmaster && Account is null && context.Policy.Refuse(_peer, path.Address, path.Domain) is { } refusal) return RefuseRecipient(path, refusal);
        Session.RecipientAccepted(Output);
        return true;
    }

    /// <summary>RFC 5321 §4.1.1.3: the forward-path without a domain is the postmaster's.</summary>
    private MailPath Resolve(MailPath path) => path.Domain.Length == 0 ? _settings.Postmaster : path;

    private void OpenMessage()
    {
        if (context.Spool.Status.Health is var health and not SpoolHealth.Ok)
        {
            var refusal = health == SpoolHealth.LowSpace ? SpoolFull : SpoolFailed;
            LogRefused(refusal);
            Session.MessageRefused(refusal, Output);
            return;
        }
        _id = context.Ids.Next();
        _receivedAt = context.Clock.GetUtcNow();
        _message = context.Spool.BeginMessage();
        Session.WriteTrace(_message, _peer.Address, _id.ToString(), _receivedAt);
        if (IsSubmission && Account is { } account) _submitted = new(_message, new(account.Address, $"{_id}@{_settings.Options.Hostname}", _receivedAt));
        Session.MessageOpened(_submitted is null ? _message : _submitted, Output);
    }

    /// <summary>Whether the session can go on at once.</summary>
    private bool StoreMessage()
    {
        if (_submitted is { } submitted && Account is { } account) return StoreSubmitted(account, submitted);
        Store();
        return false;
    }

    private void Store()
    {
        var transaction = Session.Transaction!;
        var parameters = transaction.Parameters;
        var inspector = Session.Message.Inspector;
        var envelope = new Envelope
        {
            Id = _id,
            ReversePath = transaction.ReversePath.Address,
            Recipients = Expansion.Recipients(_expansion, transaction, Resolve),
            ReceivedAt = _receivedAt,
            Size = _message!.Length,
            Parameters = parameters,
            HeaderIsUtf8 = inspector.HeaderIsUtf8,
            IsEightBit = inspector.IsEightBit,
            // RFC 4865 §4
            NotBefore = parameters.HoldFor is { } seconds ? _receivedAt.AddSeconds(seconds) : parameters.HoldUntil,
            ClientAddress = _peer.Address.ToString(),
            ClientName = Session.HeloName,
            Account = Session.AccountName ?? "",
        };
        var message = _message;
        _message = null; // the spool's from here on
        DropMessage(null);
        _storeBegan = context.Clock.GetTimestamp();
        Become(Storing);
        context.Spool.Store((int)(_id.Value % (ulong)context.Partitions), envelope, message, Self);
    }

    /// <summary>Nothing is read while the spool writes, and nothing but its answer ends this: of a message that is stored the client is told.</summary>
    private void Storing(object message)
    {
        switch (message)
        {
            case SpoolProtocol.Stored stored:
                SmtpMetrics.StoreTime.Record(context.Clock.GetElapsedTime(_storeBegan).TotalSeconds);
                SmtpMetrics.MessagesAccepted.Add(1);
                SmtpMetrics.BytesAccepted.Add(stored.Envelope.Size);
                SmtpMetrics.RecipientsAccepted.Add(stored.Envelope.Recipients.Length);
                MailLog.Accepted(
                    context.Log, _id, From, stored.Envelope.Recipients.Length, stored.Envelope.Size, User, _peer.Address, Session.HeloName, Session.Tls ?? "none");
                Session.MessageStored(_id.ToString(), Output);
                _id = default;
                Become(Talking);
                Step();
                break;
            case SpoolProtocol.NotStored notStored:
                if (Account is { MessagesPerHour: > 0 } account) context.Rates.GiveBack(account, Session.Transaction!.Recipients.Count);
                LogRefused(notStored.Reply);
                Session.MessageNotStored(notStored.Reply, Output);
                Become(Talking);
                Step();
                break;
            case Tick: IsDue(); break;
            case ListenerProtocol.Drain drain: BeginDrain(drain.Grace); break;
            case ListenerProtocol.Hurry: break; // it is we who let it wait
            default: Unhandled(message); break;
        }
    }

    /// <summary>The message that was opened came to nothing.</summary>
    private void DropMessage(SmtpReply? refusal)
    {
        if (refusal is not null) LogRefused(refusal);
        _message?.Dispose();
        _message = null;
        _submitted?.Dispose();
        _submitted = null;
    }

    private void LogRefused(SmtpReply reply)
    {
        SmtpMetrics.MessageRefused(reply);
        int recipients = Session.Transaction?.Recipients.Count ?? 0;
        MailLog.Refused(context.Log, _id.Value == 0 ? null : _id, reply, From, recipients, User, _peer.Address, Session.HeloName, Session.Tls ?? "none");
        _id = default;
    }

    private string From => Session.Transaction?.ReversePath.Address ?? "";
}
