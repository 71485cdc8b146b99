using System.Net;
using Mta.Protocol.Smtp.Server;

namespace Mta.Load.Sink;

/// <summary>What a report has to say of the message that it is about.</summary>
internal sealed record ReturnedFrom(Profile Profile, IPAddress Source, SmtpTransaction Transaction, DateTimeOffset Arrived);

/// <summary>A report that is to be mailed. Its text is made when it is sent: until then it costs little more than the message's header.</summary>
internal abstract record ReturnedMail(ReturnedFrom From, SmtpRecipient Recipient, byte[] Header)
{
    /// <summary>Whom it is mailed to.</summary>
    public abstract string To { get; }

    /// <summary>How often it was tried.</summary>
    public int Tries { get; init; }

    /// <summary>The report as a message, lines ended by CRLF.</summary>
    public abstract byte[] Compose(string id, DateTimeOffset now);

    /// <summary>A delivery status notification.</summary>
    public sealed record Bounce(ReturnedFrom From, SmtpRecipient Recipient, byte[] Header) : ReturnedMail(From, Recipient, Header)
    {
        public override string To => From.Transaction.ReversePath.Address;

        public override byte[] Compose(string id, DateTimeOffset now) => ReportWriter.Bounce(this, id, now);
    }

    /// <summary>A reader's complaint.</summary>
    public sealed record Complaint(ReturnedFrom From, SmtpRecipient Recipient, byte[] Header) : ReturnedMail(From, Recipient, Header)
    {
        public override string To => From.Profile.FeedbackTo is { Length: > 0 } address ? address : From.Transaction.ReversePath.Address;

        public override byte[] Compose(string id, DateTimeOffset now) => ReportWriter.Complaint(this, id, now);
    }
}
