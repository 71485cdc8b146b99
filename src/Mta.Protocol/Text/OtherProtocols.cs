using System.Text;

namespace Mta.Protocol.Text;

/// <summary>What browsers and other strangers begin with. A request that carries commands of ours in its body must not get to them.</summary>
internal static class OtherProtocols
{
    private static readonly string[] Verbs = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "TRACE", "PRI"];

    /// <summary>The content type of a TLS record with a handshake: where a command should begin no line will ever come.</summary>
    public const byte TlsHandshake = 0x16;

    public static bool Has(ReadOnlySpan<byte> verb)
    {
        foreach (string known in Verbs)
            if (Ascii.EqualsIgnoreCase(verb, known)) return true;
        return false;
    }
}
