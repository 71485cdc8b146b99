namespace Mta.Protocol.Sasl;

/// <summary>PLAIN (RFC 4616): one message, <c>[authzid] NUL authcid NUL passwd</c>.</summary>
public sealed class PlainExchange : SaslExchange
{
    protected override SaslStep OnResponse(ReadOnlySpan<byte> response)
    {
        int first = response.IndexOf((byte)0);
        int second = first < 0 ? -1 : first + 1 + response[(first + 1)..].IndexOf((byte)0);
        if (first < 0 || second <= first) return SaslStep.Failed.Malformed;
        var authorization = response[..first];
        var (name, password) = (Text(response[(first + 1)..second]), Password(response[(second + 1)..]));
        if (name is null || password is null) return SaslStep.Failed.Malformed;
        if (!authorization.IsEmpty)
        {
            if (Text(authorization) is not { } other) return SaslStep.Failed.Malformed;
            if (!MayActAs(name, other)) return SaslStep.Failed.Credentials;
        }
        return new SaslStep.CheckPassword(name, password);
    }

    // RFC 4616 §2: any character but NUL
    private static string? Password(ReadOnlySpan<byte> octets) =>
        octets.IsEmpty || octets.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(octets) ? null : System.Text.Encoding.UTF8.GetString(octets);
}
