using Mta.Net;

namespace Mta.Smtp;

// TLS: after STARTTLS, or before the greeting (RFC 8314 §3).
internal sealed partial class SmtpConnectionActor
{
    private void Handshake()
    {
        if (context.Tls is not { } tls)
        {
            Abandon("no certificate");
            return;
        }
        Become(ShakingHands);
        _underWay++;
        connection.StartTlsAsServer(tls, _settings.HandshakeTimeout, Self);
    }

    private void ShakingHands(object message)
    {
        switch (message)
        {
            case NetProtocol.TlsEstablished:
                _underWay--;
                var binding = Session.SignsIn ? connection.Binding : null;
                _start = _end = 0;
                SetCommandDeadline();
                if (!Session.IsStarted)
                {
                    Session.BeginUnderTls(connection.Tls!, binding);
                    Welcome();
                    break;
                }
                Session.TlsEstablished(connection.Tls!, binding);
                Become(Talking);
                Step();
                break;
            case Tick: IsDue(); break; // the handshake has a limit of its own
            case ListenerProtocol.Drain drain: BeginDrain(drain.Grace); break;
            default: Common(message); break;
        }
    }
}
