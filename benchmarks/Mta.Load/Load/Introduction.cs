using System.Text;
using Mta.Protocol.Sasl;
using Mta.Protocol.Smtp;
using Mta.Protocol.Smtp.Client;

namespace Mta.Load;

/// <summary>What is said from the greeting to the first message: EHLO, STARTTLS, AUTH.</summary>
internal sealed class Introduction(LoadConnection connection, LoadOptions options)
{
    /// <summary>What the server offers in the end.</summary>
    public async ValueTask<EhloCapabilities> Run()
    {
        var offered = await Hello().ConfigureAwait(false);
        if (options.Tls == TlsMode.StartTls)
        {
            if (!offered.StartTls) throw new LoadException("the server does not offer STARTTLS");
            Require(await Say("STARTTLS").ConfigureAwait(false));
            await connection.StartTls().ConfigureAwait(false);
            // RFC 3207 §4.2: what was said before is forgotten
            offered = await Hello().ConfigureAwait(false);
        }
        if (options.Credentials is { } credentials) await Authenticate(credentials, offered).ConfigureAwait(false);
        if (options.Bdat && !offered.Chunking) throw new LoadException("the server does not offer CHUNKING, which --bdat needs");
        return offered;
    }

    private async ValueTask<EhloCapabilities> Hello()
    {
        var reply = await Say($"{(options.Lmtp ? "LHLO" : "EHLO")} {options.Helo}").ConfigureAwait(false);
        if (reply.IsPositive) return EhloCapabilities.Parse(reply);
        // RFC 5321 §3.2: a server that does not know EHLO is greeted with HELO; RFC 2033 knows no such thing
        if (options.Lmtp || reply.Code is < 500 or > 504) throw new LoadException(reply);
        Require(await Say($"HELO {options.Helo}").ConfigureAwait(false));
        return EhloCapabilities.None;
    }

    private async ValueTask Authenticate(SaslCredentials credentials, EhloCapabilities offered)
    {
        if (offered.AuthMechanisms.Contains("PLAIN"))
        {
            Require(await Say($"AUTH PLAIN {Encoding.ASCII.GetString(credentials.Plain())}").ConfigureAwait(false));
            return;
        }
        if (!offered.AuthMechanisms.Contains("LOGIN")) throw new LoadException("the server offers neither AUTH PLAIN nor AUTH LOGIN");
        Prompt(await Say("AUTH LOGIN").ConfigureAwait(false));
        Prompt(await Say(Encoding.ASCII.GetString(credentials.LoginName())).ConfigureAwait(false));
        Require(await Say(Encoding.ASCII.GetString(credentials.LoginPassword())).ConfigureAwait(false));
    }

    private async ValueTask<SmtpReply> Say(string line)
    {
        await connection.Send(Encoding.ASCII.GetBytes(line + "\r\n")).ConfigureAwait(false);
        return await connection.Read().ConfigureAwait(false);
    }

    private static void Require(SmtpReply reply)
    {
        if (!reply.IsPositive) throw new LoadException(reply);
    }

    private static void Prompt(SmtpReply reply)
    {
        if (!reply.IsIntermediate) throw new LoadException(reply);
    }
}
