using System.Collections.Immutable;
using Mta.Mail;
using Mta.Protocol.Addresses;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Smtp;

// The mail transaction: recipients, and the way of a message into the spool.
internal sealed partial class SmtpConnectionActor
{
    private void VerifyRecipient()
    {
        var path = Resolve(Session.PendingRecipient!.Path);
        bool isPostmaster = _settings.PostmasterIsOpen && ReferenceEquals(path, _settings.Postmaster);
        if (isPostmaster || context.Policy.Refuse(_peer, path.Address, path.Domain) is not { } refusal)
        {
            Session.RecipientAccepted(_output);
            return;
        }
        SmtpMetrics.RecipientRefused(refusal);
        MailLog.RecipientRefused(context.Log, path.Address, refusal, From, _peer.Address, Session.HeloName);
        Session.RecipientRefused(refusal, _output);
    }

    /// <summary>RFC 5321 §4.1.1.3: the forward-path without a domain is the postmaster's.</summary>
    private MailPath Resolve(MailPath path) => path.Domain.Length == 0 ? _settings.Postmaster : path;

    private void OpenMessage()
    {
        if (context.Spool.Status.Health is var health and not SpoolHealth.Ok)
        {
            var refusal = health == SpoolHealth.LowSpace ? SpoolFull : SpoolFailed;
            LogRefused(refusal);
            Session.MessageRefused(refusal, _output);
            return;
        }
        _id = context.Ids.Next();
        _receivedAt = context.Clock.GetUtcNow();
        _message = context.Spool.BeginMessage();
        Session.WriteTrace(_message, _peer.Address, _id.ToString(), _receivedAt);
        Session.MessageOpened(_message, _output);
    }

    private void StoreMessage()
    {
        var transaction = Session.Transaction!;
        var parameters = transaction.Parameters;
        var inspector = Session.Message.Inspector;
        var envelope = new Envelope
        {
            Id = _id,
            ReversePath = transaction.ReversePath.Address,
            Recipients = Recipients(),
            ReceivedAt = _receivedAt,
            Size = _message!.Length,
            Parameters = parameters,
            HeaderIsUtf8 = inspector.HeaderIsUtf8,
            IsEightBit = inspector.IsEightBit,
            // RFC 4865 §4
            NotBefore = parameters.HoldFor is { } seconds ? _receivedAt.AddSeconds(seconds) : parameters.HoldUntil,
            ClientAddress = _peer.Address.ToString(),
            ClientName = Session.HeloName,
        };
        var message = _message;
        _message = null; // the spool's from here on
        _storeBegan = context.Clock.GetTimestamp();
        Become(Storing);
        context.Spool.Store((int)(_id.Value % (ulong)context.Partitions), envelope, message, Self);
    }

    private ImmutableArray<Recipient> Recipients()
    {
        var accepted = Session.Transaction!.Recipients;
        var recipients = ImmutableArray.CreateBuilder<Recipient>(accepted.Count);
        foreach (var recipient in accepted)
        {
            var path = Resolve(recipient.Path);
            recipients.Add(new(path.Address, path.Domain, recipient.Parameters));
        }
        return recipients.MoveToImmutable();
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
                    context.Log, _id, From, stored.Envelope.Recipients.Length, stored.Envelope.Size, _peer.Address, Session.HeloName, Session.Tls ?? "none");
                Session.MessageStored(_id.ToString(), _output);
                _id = default;
                Become(Talking);
                Step();
                break;
            case SpoolProtocol.NotStored notStored:
                LogRefused(notStored.Reply);
                Session.MessageNotStored(notStored.Reply, _output);
                Become(Talking);
                Step();
                break;
            case Tick: IsDue(); break;
            case SmtpProtocol.Drain drain: BeginDrain(drain.Grace); break;
            case SmtpProtocol.Hurry: break; // it is we who let it wait
            default: Unhandled(message); break;
        }
    }

    /// <summary>The message that was opened came to nothing.</summary>
    private void DropMessage(SmtpReply? refusal)
    {
        if (refusal is not null) LogRefused(refusal);
        _message?.Dispose();
        _message = null;
    }

    /// <summary>The connection ends: so does what it was receiving.</summary>
    private void EndMessage(string reason)
    {
        if (_session?.Transaction is not null) MailLog.Lost(context.Log, reason, From, _peer.Address, Session.HeloName);
        DropMessage(null);
    }

    private void LogRefused(SmtpReply reply)
    {
        SmtpMetrics.MessageRefused(reply);
        int recipients = Session.Transaction?.Recipients.Count ?? 0;
        MailLog.Refused(context.Log, _id.Value == 0 ? null : _id, reply, From, recipients, _peer.Address, Session.HeloName, Session.Tls ?? "none");
        _id = default;
    }

    private string From => Session.Transaction?.ReversePath.Address ?? "";
}
