using Mta.Protocol.Smtp;

namespace Mta.Mail;

/// <summary>
/// What one attempt made of one recipient. Closed: <see cref="Delivered"/>, <see cref="Deferred"/> or <see cref="Failed"/>.
/// </summary>
/// <param name="Reply">The remote's reply, or ours in the same form where none came (4.4.x for network, 4.4.3 for DNS, …).</param>
/// <param name="Host">The host that said it, name and address (<c>mx.example [192.0.2.1]:25</c>), or empty where no host was reached.</param>
public abstract record DeliveryResult(SmtpReply Reply, string Host)
{
    /// <summary>The next hop took responsibility (RFC 5321 §4.1.1.4).</summary>
    /// <param name="RemoteSendsDsn">The next hop tells the sender of the delivery where that was asked for (RFC 3461 §5.2.2); otherwise we send "relayed".</param>
    public sealed record Delivered(SmtpReply Reply, string Host, bool RemoteSendsDsn = false) : DeliveryResult(Reply, Host);

    /// <summary>Try again later.</summary>
    public sealed record Deferred(SmtpReply Reply, string Host) : DeliveryResult(Reply, Host);

    /// <summary>Never try again: notify the sender.</summary>
    public sealed record Failed(SmtpReply Reply, string Host) : DeliveryResult(Reply, Host);

}
