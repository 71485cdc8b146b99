using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Mta.Protocol.Sasl;

/// <summary>A name and a password with which we make ourselves known to a server.</summary>
public sealed record SaslCredentials(string UserName, string Password)
{
    /// <summary>The one message of PLAIN in base 64 (RFC 4616 §2): no authorization identity, NUL, name, NUL, password.</summary>
    public byte[] Plain() => Encode($"\0{UserName}\0{Password}");

    /// <summary>The first answer of LOGIN, the name in base 64. LOGIN has no RFC; its prompts mean nothing and are not read.</summary>
    public byte[] LoginName() => Encode(UserName);

    /// <summary>The second answer of LOGIN, the password in base 64.</summary>
    public byte[] LoginPassword() => Encode(Password);

    /// <summary>The password does not belong in a log.</summary>
    public override string ToString() => UserName;

    private static byte[] Encode(string text)
    {
        byte[] octets = Encoding.UTF8.GetBytes(text);
        byte[] encoded = new byte[Base64.GetMaxEncodedToUtf8Length(octets.Length)];
        return Base64.EncodeToUtf8(octets, encoded, out _, out int written) == OperationStatus.Done
            ? encoded[..written]
            : throw new InvalidOperationException("The buffer for base 64 was computed too small.");
    }
}
