using System.Buffers;
using System.Text;

namespace Mta.Protocol.Sasl;

/// <summary>What OAUTHBEARER and XOAUTH2 have in common: one message with a bearer token (RFC 6750), and one word on why it was refused.</summary>
public abstract class BearerExchange : SaslExchange
{
    protected const byte Separator = 1;

    // RFC 6750 §2.1: b64token
    private static readonly SearchValues<byte> TokenOctets =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="u8);

    private bool _isRefused;

    protected override int MaxResponse => Long;

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response)
    {
        // RFC 7628 §3.2.3: the client has heard why, and acknowledges with %x01, or with nothing as those of XOAUTH2 do
        if (_isRefused) return SaslStep.Failed.Credentials;
        return OnToken(response);
    }

    protected abstract SaslStep OnToken(ReadOnlySpan<byte> message);

    /// <summary>Why there is no sign-in, as JSON.</summary>
    protected abstract ReadOnlyMemory<byte> Refusal { get; }

    protected override SaslStep OnRefused()
    {
        _isRefused = true;
        return new SaslStep.Challenge(Refusal);
    }

    /// <summary>The token of an Authorization value, <c>Bearer token</c> (RFC 6750 §2.1); null for anything else.</summary>
    protected static string? BearerToken(ReadOnlySpan<byte> value)
    {
        if (value.Length < 8 || !Ascii.EqualsIgnoreCase(value[..7], "Bearer "u8)) return null;
        var token = value[7..].TrimStart((byte)' ');
        return token.IsEmpty || token.ContainsAnyExcept(TokenOctets) ? null : Encoding.ASCII.GetString(token);
    }

    /// <summary>Takes the next part that ends in %x01 off <paramref name="rest"/>; false when there is none.</summary>
    protected static bool Next(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> part)
    {
        int end = rest.IndexOf(Separator);
        part = end < 0 ? default : rest[..end];
        if (end < 0) return false;
        rest = rest[(end + 1)..];
        return true;
    }
}
