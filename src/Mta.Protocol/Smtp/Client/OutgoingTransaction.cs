namespace Mta.Protocol.Smtp.Client;

/// <summary>One mail transaction to be carried out by <see cref="SmtpClientSession"/>, and what became of its recipients.</summary>
public sealed class OutgoingTransaction
{
    public required SmtpPath ReversePath { get; init; }

    /// <summary>At least one. The order is that of the RCPT commands.</summary>
    public required OutgoingRecipient[] Recipients { get; init; }

    /// <summary>What MAIL asks for; only what the server offers is said. BY holds the time that is left.</summary>
    public required MailParameters Parameters { get; init; }

    /// <summary>Octets of the message: the value of SIZE and, exactly, the length of the chunk when it goes by BDAT.</summary>
    public required long Length { get; init; }

    /// <summary>The body is at hand and may be sent before the recipients are known to be accepted, where the server allows that.
    /// Otherwise it goes by DATA, or by BDAT after the recipients when it is BINARYMIME, for which the server must offer that.</summary>
    public required bool IsBodyAtHand { get; init; }

    internal int Accepted { get; set; }

    /// <summary>Answers for every recipient that has no final reply yet.</summary>
    internal void Resolve(SmtpReply reply, SmtpStage stage)
    {
        foreach (var recipient in Recipients)
            recipient.Resolve(reply, stage);
    }
}

/// <summary>A recipient of an <see cref="OutgoingTransaction"/>.</summary>
public sealed class OutgoingRecipient(SmtpPath path, RcptParameters parameters)
{
    public SmtpPath Path { get; } = path;
    public RcptParameters Parameters { get; } = parameters;

    /// <summary>The reply that decides: the final one where RCPT was accepted, the refusal where something was not. Never null once the transaction has ended.</summary>
    public SmtpReply? Reply { get; private set; }

    /// <summary>What <see cref="Reply"/> answered.</summary>
    public SmtpStage Stage { get; private set; }

    /// <summary>The first word counts: a refused recipient stays refused, whatever comes after.</summary>
    internal void Resolve(SmtpReply reply, SmtpStage stage)
    {
        if (Reply is null) (Reply, Stage) = (reply, stage);
    }
}

/// <summary>What the session waits for; the time-outs of RFC 5321 §4.5.3.2 hang on it.</summary>
public enum SmtpStage : byte { Greeting, Hello, StartTls, Auth, Ready, Reset, Mail, Rcpt, Data, Body, Final, Quit, Closed }
