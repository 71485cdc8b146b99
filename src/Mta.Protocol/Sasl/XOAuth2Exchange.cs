namespace Mta.Protocol.Sasl;

/// <summary>XOAUTH2, what was there before RFC 7628 and many clients still use: <c>user=NAME ^A auth=Bearer TOKEN ^A ^A</c>.</summary>
public sealed class XOAuth2Exchange : BearerExchange
{
    private static readonly byte[] Unauthorized = """{"status":"401","schemes":"bearer"}"""u8.ToArray();

    protected override ReadOnlyMemory<byte> Refusal => Unauthorized;

    protected override SaslStep OnToken(ReadOnlySpan<byte> message)
    {
        var rest = message;
        if (!Next(ref rest, out var user) || !user.StartsWith("user="u8) || Text(user[5..]) is not { } name) return SaslStep.Failed.Malformed;
        if (!Next(ref rest, out var auth) || !auth.StartsWith("auth="u8) || BearerToken(auth[5..]) is not { } token) return SaslStep.Failed.Malformed;
        return rest is [Separator] ? new SaslStep.CheckToken(name, token) : SaslStep.Failed.Malformed;
    }
}
