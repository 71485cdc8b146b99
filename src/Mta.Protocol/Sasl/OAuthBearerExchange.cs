namespace Mta.Protocol.Sasl;

/// <summary>OAUTHBEARER (RFC 7628): a GS2 header, then key and value pairs, of which <c>auth</c> holds the token.</summary>
public sealed class OAuthBearerExchange : BearerExchange
{
    private static readonly byte[] InvalidToken = """{"status":"invalid_token"}"""u8.ToArray();

    protected override ReadOnlyMemory<byte> Refusal => InvalidToken;

    // RFC 7628 §3.1: client-resp = gs2-header kvsep *kvpair kvsep
    protected override SaslStep OnToken(ReadOnlySpan<byte> message)
    {
        if (Gs2Header.Parse(message) is not { Flag: not 'p' } gs2) return SaslStep.Failed.Malformed;
        var rest = message[gs2.Length..];
        if (!Next(ref rest, out var before) || !before.IsEmpty) return SaslStep.Failed.Malformed;
        string? token = null;
        bool hasAuth = false;
        while (true)
        {
            if (!Next(ref rest, out var pair)) return SaslStep.Failed.Malformed;
            if (pair.IsEmpty) break;
            int equals = pair.IndexOf((byte)'=');
            if (equals < 1 || !IsKey(pair[..equals])) return SaslStep.Failed.Malformed;
            // host, port and what else there may be say nothing that we do not know
            if (!pair[..equals].SequenceEqual("auth"u8)) continue;
            if (hasAuth) return SaslStep.Failed.Malformed;
            hasAuth = true;
            token = BearerToken(pair[(equals + 1)..]);
        }
        if (!rest.IsEmpty || !hasAuth) return SaslStep.Failed.Malformed;
        // RFC 7628 §4.3: without a token, it asks what we would want
        return token is null ? OnRefused() : new SaslStep.CheckToken(gs2.Authorization.Length == 0 ? null : gs2.Authorization, token);
    }

    private static bool IsKey(ReadOnlySpan<byte> key)
    {
        foreach (byte b in key)
            if (!char.IsAsciiLetter((char)b)) return false;
        return true;
    }
}
