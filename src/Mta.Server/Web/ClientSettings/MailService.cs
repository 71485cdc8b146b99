using Mta.Config;
using Mta.Protocol.Sasl;

namespace Mta.Server.Web.ClientSettings;

/// <summary>What a service is for.</summary>
internal enum MailDirection : byte { Incoming, Outgoing }

/// <summary>A way for people's mail programs to reach us.</summary>
/// <param name="Protocol">In lower case: smtp, imap or pop3.</param>
/// <param name="ImplicitTls">TLS from the first octet; otherwise STARTTLS.</param>
/// <param name="TakesPasswords">They may be sent as they are, which TLS hides; otherwise a mechanism must do.</param>
internal sealed record MailService(MailDirection Direction, string Protocol, string Host, int Port, bool ImplicitTls, bool TakesPasswords)
{
    /// <summary>Those of the listeners, in the order in which a mail program is to prefer them: implicit TLS first (RFC 8314 §3.3).</summary>
    public static IReadOnlyList<MailService> Of(MtaSettings settings) =>
    [
        .. settings.Listeners.Select(l => Of(l, settings)).OfType<MailService>().OrderBy(s => s.Direction).ThenBy(s => s.Protocol, StringComparer.Ordinal).ThenByDescending(s => s.ImplicitTls),
    ];

    private static MailService? Of(ListenerSettings listener, MtaSettings settings)
    {
        return listener.Kind switch
        {
            ListenerKind.Submissions => Outgoing(true),
            ListenerKind.Submission => Outgoing(false),
            ListenerKind.Imaps => Imap(true),
            ListenerKind.Imap => Imap(false),
            ListenerKind.Pop3s => Pop3(true),
            ListenerKind.Pop3 => Pop3(false),
            _ => null,
        };

        MailService Outgoing(bool implicitTls) => Service(MailDirection.Outgoing, "smtp", implicitTls, settings.Submission.Mechanisms);
        MailService Imap(bool implicitTls) => Service(MailDirection.Incoming, "imap", implicitTls, settings.Imap.Mechanisms);
        MailService Pop3(bool implicitTls) => Service(MailDirection.Incoming, "pop3", implicitTls, settings.Pop3.Mechanisms);
        MailService Service(MailDirection direction, string protocol, bool implicitTls, SaslMechanisms mechanisms) =>
            new(direction, protocol, settings.Hostname, listener.EndPoint.Port, implicitTls, (mechanisms & (SaslMechanisms.Plain | SaslMechanisms.Login)) != 0);
    }
}
