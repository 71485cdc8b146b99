using System.Collections.Immutable;
using Mta.Protocol.Smtp;

namespace Mta.Mail;

/// <summary>
/// What the mail transaction said of a message (RFC 5321 §2.3.1), and what was learnt of it while it was received. Immutable:
/// what becomes of the recipients is the queue's.
/// </summary>
public sealed record Envelope
{
    public required MessageId Id { get; init; }

    /// <summary>The reverse-path, <c>local@domain</c> as received; empty for the null reverse-path of a notification.</summary>
    public required string ReversePath { get; init; }
    public required ImmutableArray<Recipient> Recipients { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Octets of the stored message, our Received header included.</summary>
    public required long Size { get; init; }
    public MailParameters Parameters { get; init; } = MailParameters.None;

    /// <summary>The header section holds octets above 127: the next hop must offer SMTPUTF8 (RFC 6531 §3.6).</summary>
    public bool HeaderIsUtf8 { get; init; }

    /// <summary>The message holds octets above 127 somewhere: the next hop must offer 8BITMIME, or we convert (RFC 6152 §3).</summary>
    public bool IsEightBit { get; init; }

    /// <summary>Not to be tried before this time (RFC 4865), or null.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The client's address and HELO name, for logs and for the operator; empty when we made the message ourselves.</summary>
    public string ClientAddress { get; init; } = "";
    public string ClientName { get; init; } = "";

    /// <summary>The account that submitted it, <c>local@domain</c>; empty for mail from elsewhere.</summary>
    public string Account { get; init; } = "";

    /// <summary>True for a message that must never cause a notification (RFC 5321 §4.5.5, RFC 3464 §2).</summary>
    public bool IsNullSender => ReversePath.Length == 0;
}

/// <summary>One recipient: the forward-path <c>local@domain</c> as received, and its DSN parameters.</summary>
/// <param name="Domain">What follows the last @, lower case, in A-labels or an address literal: the key of its destination.</param>
public sealed record Recipient(string Address, string Domain, RcptParameters Parameters);
