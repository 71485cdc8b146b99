using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Mta.Interop.Tests.Bench;

/// <summary>One account, with a password and an issuer whose tokens let it in.</summary>
internal sealed class BenchAccounts : IDisposable
{
    public const string Domain = "src.test", Name = "tim@src.test", Password = "tanst aaf=";
    private const string Issuer = "https://login.test", Audience = "mail";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>What it takes of the configuration; the issuer's keys go to a file in <paramref name="folder"/>.</summary>
    public string Configure(string folder)
    {
        var point = _key.ExportParameters(false).Q;
        string keys = Path.Combine(folder, "issuer.json");
        File.WriteAllText(keys, JsonSerializer.Serialize(new { keys = new[] { new { kty = "EC", crv = "P-256", kid = "k", use = "sig", x = Text(point.X!), y = Text(point.Y!) } } }));
        return $$"""accounts.oauth { issuer = "{{Issuer}}", audience = "{{Audience}}", keys = "{{keys}}" }""";
    }

    public static async Task Create(MtaNode node)
    {
        var cancel = TestContext.Current.CancellationToken;
        await node.Accounts.Domains.AddAsync(Domain, null, cancel);
        await node.Accounts.Accounts.AddAsync(Name, Password, quota: 0, messagesPerHour: 0, cancel);
    }

    /// <summary>A token of the issuer for <see cref="Name"/>, good for some minutes.</summary>
    public string Token()
    {
        var now = TimeProvider.System.GetUtcNow();
        string signed = Text(Encoding.UTF8.GetBytes("""{"alg":"ES256","kid":"k","typ":"JWT"}""")) + "." + Text(JsonSerializer.SerializeToUtf8Bytes(
            new { iss = Issuer, aud = Audience, email = Name, iat = now.ToUnixTimeSeconds(), exp = now.AddMinutes(5).ToUnixTimeSeconds() }));
        return signed + "." + Text(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    public void Dispose() => _key.Dispose();

    private static string Text(ReadOnlySpan<byte> octets) => Base64Url.EncodeToString(octets);
}
