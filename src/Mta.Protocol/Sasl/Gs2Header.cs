using System.Text;
using System.Text.Unicode;

namespace Mta.Protocol.Sasl;

/// <summary>What a client of SCRAM or OAUTHBEARER begins with: <c>gs2-cbind-flag "," ["a=" saslname] ","</c> (RFC 5801 §4, RFC 5802 §7).</summary>
/// <param name="Flag">n: the client knows no channel binding; y: it does and thinks that we do not; p: it uses <paramref name="BindingType"/>.</param>
/// <param name="Authorization">Whom the client wants to act as; empty: as itself.</param>
/// <param name="Length">Octets that it took.</param>
internal sealed record Gs2Header(char Flag, string BindingType, string Authorization, int Length)
{
    /// <summary>Null for anything that is not exactly this.</summary>
    public static Gs2Header? Parse(ReadOnlySpan<byte> message)
    {
        int comma = message.IndexOf((byte)',');
        if (comma < 0) return null;
        var flag = message[..comma];
        string type = "";
        if (flag.StartsWith("p="u8))
        {
            // RFC 5801 §4: cb-name = 1*(ALPHA / DIGIT / "." / "-")
            foreach (byte b in flag[2..])
                if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'.' or (byte)'-')) return null;
            type = Encoding.ASCII.GetString(flag[2..]);
            if (type.Length == 0) return null;
        }
        else if (flag is not ([(byte)'n'] or [(byte)'y'])) return null;

        var rest = message[(comma + 1)..];
        int end = rest.IndexOf((byte)',');
        if (end < 0) return null;
        string? authorization = "";
        if (end > 0)
        {
            authorization = rest.StartsWith("a="u8) ? SaslName(rest[2..end]) : null;
            if (authorization is null) return null;
        }
        return new((char)flag[0], type, authorization, comma + 1 + end + 1);
    }

    /// <summary>RFC 5802 §5.1: UTF-8 in which <c>=2C</c> stands for a comma, <c>=3D</c> for "=", and "=" for nothing else. Null for a bad or empty one.</summary>
    public static string? SaslName(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.ContainsAnyInRange((byte)0, (byte)31) || text.ContainsAny((byte)',', (byte)127) || !Utf8.IsValid(text)) return null;
        string name = Encoding.UTF8.GetString(text);
        if (!name.Contains('=', StringComparison.Ordinal)) return name;
        for (int at = name.IndexOf('=', StringComparison.Ordinal); at >= 0; at = name.IndexOf('=', at + 1))
            if (!name.AsSpan(at + 1).StartsWith("2C") && !name.AsSpan(at + 1).StartsWith("3D")) return null;
        return name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
    }
}
