using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mta.Protocol.Sasl;

/// <summary>
/// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677): both sides prove to each other that they know the password or what was made of it,
/// and nobody who listens learns it. With PLUS the client also proves that it sees the same TLS connection as we do.
/// </summary>
/// <param name="isPlus">The client chose the mechanism with channel binding.</param>
/// <param name="binding">That of the connection; null where there is none, and then PLUS was not offered.</param>
/// <param name="nonce">Our part of the nonce, printable and without a comma; null: a random one. For test vectors.</param>
public sealed class ScramExchange(bool isPlus, ChannelBinding? binding, string? nonce = null) : SaslExchange
{
    // 18 octets of chance, in base 64 (RFC 5802 §5.1 leaves it to us)
    private const int NonceOctets = 18, MaxNonce = 256;

    private enum Place : byte { First, Final, End }

    private readonly string _serverNonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceOctets));
    private Place _place;
    private string _name = "";
    private string _bindingInput = "";
    private string _clientFirst = "";
    private string _serverFirst = "";
    private string _nonce = "";
    private string _authMessage = "";
    private ScramKeys? _keys;

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response) => _place switch
    {
        Place.First => First(response),
        Place.Final => Final(response),
        // RFC 4954 §4: the server's signature went out as a challenge, which the client acknowledges with nothing
        _ => response.IsEmpty ? SaslStep.Done.Instance : SaslStep.Failed.Malformed,
    };

    /// <summary>client-first-message: gs2-header "n=" name ",r=" nonce.</summary>
    private SaslStep First(ReadOnlySpan<byte> message)
    {
        if (Gs2Header.Parse(message) is not { } gs2) return SaslStep.Failed.Malformed;
        if (isPlus != (gs2.Flag == 'p')) return SaslStep.Failed.Malformed;
        // RFC 5802 §6: we did offer PLUS, and the client did not see it: somebody in between took it out of the list
        if (gs2.Flag == 'y' && binding is not null) return SaslStep.Failed.Credentials;
        if (isPlus && gs2.BindingType != binding?.Type) return SaslStep.Failed.Credentials;

        var bare = message[gs2.Length..];
        // RFC 5802 §5.1: "m=" is for extensions that we would have to know
        if (!bare.StartsWith("n="u8)) return SaslStep.Failed.Malformed;
        int comma = bare.IndexOf((byte)',');
        if (comma < 0 || Gs2Header.SaslName(bare[2..comma]) is not { } name) return SaslStep.Failed.Malformed;
        var rest = bare[(comma + 1)..];
        int end = rest.IndexOf((byte)',');
        var clientNonce = end < 0 ? rest : rest[..end];
        if (!clientNonce.StartsWith("r="u8) || clientNonce.Length is 2 or > MaxNonce || clientNonce.ContainsAnyExceptInRange((byte)'!', (byte)'~')) return SaslStep.Failed.Malformed;
        if (!MayActAs(name, gs2.Authorization)) return SaslStep.Failed.Credentials;

        _name = name;
        _clientFirst = Encoding.UTF8.GetString(bare);
        _nonce = Encoding.ASCII.GetString(clientNonce[2..]) + _serverNonce;
        byte[] header = message[..gs2.Length].ToArray();
        _bindingInput = Convert.ToBase64String(isPlus ? [.. header, .. binding!.Data.Span] : header);
        return new SaslStep.FindKeys(name);
    }

    /// <summary>server-first-message: "r=" nonce ",s=" salt ",i=" count.</summary>
    protected override SaslStep OnKeys(ScramKeys keys)
    {
        _keys = keys;
        _place = Place.Final;
        _serverFirst = string.Create(CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(keys.Salt.AsSpan())},i={keys.Iterations}");
        return new SaslStep.Challenge(Encoding.ASCII.GetBytes(_serverFirst));
    }

    /// <summary>client-final-message: "c=" binding ",r=" nonce [extensions] ",p=" proof.</summary>
    private SaslStep Final(ReadOnlySpan<byte> message)
    {
        int last = message.LastIndexOf(",p="u8);
        if (last < 0) return SaslStep.Failed.Malformed;
        var withoutProof = message[..last];
        var encoded = message[(last + 3)..];
        Span<byte> proof = stackalloc byte[SHA256.HashSizeInBytes];
        if (encoded.Length != Base64.GetMaxEncodedToUtf8Length(proof.Length) || !SaslBase64.TryDecode(encoded, proof, out int length) || length != proof.Length)
            return SaslStep.Failed.Malformed;

        int comma = withoutProof.IndexOf((byte)',');
        if (!withoutProof.StartsWith("c="u8) || comma < 0) return SaslStep.Failed.Malformed;
        var rest = withoutProof[(comma + 1)..];
        int end = rest.IndexOf((byte)',');
        var nonce = end < 0 ? rest : rest[..end];
        // RFC 5802 §5.1: both must be what they were in the first messages; the binding tells whether the client is on this connection
        if (!nonce.StartsWith("r="u8) || !nonce[2..].SequenceEqual(Encoding.ASCII.GetBytes(_nonce))) return SaslStep.Failed.Malformed;
        if (!withoutProof[2..comma].SequenceEqual(Encoding.ASCII.GetBytes(_bindingInput))) return SaslStep.Failed.Credentials;

        _authMessage = $"{_clientFirst},{_serverFirst},{Encoding.UTF8.GetString(withoutProof)}";
        return new SaslStep.SignIn(_name, IsProven(proof));
    }

    /// <summary>RFC 5802 §3: ClientKey is what the proof and the signature make together, and its hash is what we keep.</summary>
    private bool IsProven(Span<byte> proof)
    {
        Span<byte> signature = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(_keys!.StoredKey.AsSpan(), Encoding.UTF8.GetBytes(_authMessage), signature);
        for (int i = 0; i < proof.Length; i++) signature[i] ^= proof[i];
        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(signature, stored);
        return CryptographicOperations.FixedTimeEquals(stored, _keys.StoredKey.AsSpan());
    }

    /// <summary>server-final-message: "v=" signature, by which the client knows that we are who has its keys.</summary>
    protected override SaslStep OnAccepted()
    {
        _place = Place.End;
        byte[] signature = HMACSHA256.HashData(_keys!.ServerKey.AsSpan(), Encoding.UTF8.GetBytes(_authMessage));
        return new SaslStep.Challenge(Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(signature)));
    }
}
