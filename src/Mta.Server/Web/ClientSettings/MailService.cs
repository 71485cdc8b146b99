using Mta.Config;

namespace Mta.Server.Web.ClientSettings;

/// <summary>What a service is for.</summary>
internal enum MailDirection : byte { Incoming, Outgoing }

/// <summary>A way for people's mail programs to reach us.</summary>
/// <param name="Protocol">In lower case: smtp; imap and pop3 once there are listeners of that kind.</param>
/// <param name="ImplicitTls">TLS from the first octet; otherwise STARTTLS.</param>
internal sealed record MailService(MailDirection Direction, string Protocol, string Host, int Port, bool ImplicitTls)
{
    /// <summary>Those of the listeners, in the order in which a mail program is to prefer them: implicit TLS first (RFC 8314 §3.3).</summary>
    public static IReadOnlyList<MailService> Of(MtaSettings settings) =>
    [
        .. settings.Listeners.Select(l => Of(l, settings.Hostname)).OfType<MailService>().OrderBy(s => s.Direction).ThenByDescending(s => s.ImplicitTls),
    ];

    private static MailService? Of(ListenerSettings listener, string host) => listener.Kind switch
    {
        ListenerKind.Submissions => new(MailDirection.Outgoing, "smtp", host, listener.EndPoint.Port, ImplicitTls: true),
        ListenerKind.Submission => new(MailDirection.Outgoing, "smtp", host, listener.EndPoint.Port, ImplicitTls: false),
        ListenerKind.Imaps => new(MailDirection.Incoming, "imap", host, listener.EndPoint.Port, ImplicitTls: true),
        ListenerKind.Imap => new(MailDirection.Incoming, "imap", host, listener.EndPoint.Port, ImplicitTls: false),
        _ => null,
    };
}
