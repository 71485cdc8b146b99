using Mta.Protocol.Imap;

namespace Mta.Imap;

// What lies between IMAP and the network: TLS, and compression above it.
internal sealed partial class ImapConnectionActor
{
    private bool StartTls(string tag)
    {
        if (context.Tls is null || Connection.Tls is not null) return End(tag, ImapResult.Bad("there is no TLS to start"));
        // RFC 9051 §6.2.1: what came behind it in the clear may be somebody else's
        if (_reader.HasBuffered || Input.Length > 0)
        {
            Writer.Tagged(tag, ImapStatus.Bad, default, "nothing may follow STARTTLS before TLS");
            Close("octets behind STARTTLS");
            return false;
        }
        Writer.Tagged(tag, ImapStatus.Ok, default, "begin TLS now");
        Flush(After.Handshake);
        return false;
    }

    private bool Compress(string tag)
    {
        // RFC 4978 §3: NO, and which layer compresses
        if (Connection.IsCompressed) return End(tag, ImapResult.No("DEFLATE is active already, begun by COMPRESS", ImapCode.CompressionActive));
        // who did not wait for the answer: nobody can say what that is, and it is never taken for what was meant to be said in the clear
        if (Input.Length > 0)
        {
            Writer.Tagged(tag, ImapStatus.Bad, default, "nothing may follow COMPRESS before its answer");
            Close("octets behind COMPRESS");
            return false;
        }
        End(tag, ImapResult.Ok("DEFLATE begins here"));
        Flush(After.BeginCompression);
        return false;
    }
}
