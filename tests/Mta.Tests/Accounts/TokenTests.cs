using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Mta.Accounts.Tokens;
using Mta.Config;
using NSec.Cryptography;

namespace Mta.Tests.Accounts;

/// <summary>Which tokens open an account.</summary>
public sealed class TokenTests : IDisposable
{
    private const string Issuer = "https://login.test", Audience = "mail";
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RSA Rsa = RSA.Create(2048), OtherRsa = RSA.Create(2048);
    private static readonly ECDsa Ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly Key Ed = Key.Create(SignatureAlgorithm.Ed25519);

    private readonly string _folder = Directory.CreateTempSubdirectory("mta-tokens-").FullName;
    private readonly FakeTimeProvider _clock = new(Start);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string KeysFile => Path.Combine(_folder, "keys.json");

    private static object[] PublicKeys =>
    [
        Public(Rsa, "rsa"),
        new { kty = "EC", crv = "P-256", kid = "ec", use = "sig", x = Text(Ec.ExportParameters(false).Q.X!), y = Text(Ec.ExportParameters(false).Q.Y!) },
        new { kty = "OKP", crv = "Ed25519", kid = "ed", use = "sig", x = Text(Ed.PublicKey.Export(KeyBlobFormat.RawPublicKey)) },
        new { kty = "OKP", crv = "X25519", kid = "xd", x = Text(new byte[32]) },
        new { kty = "oct", kid = "oct", k = Text(new byte[32]) },
    ];

    private static object Public(RSA key, string id) => new { kty = "RSA", kid = id, use = "sig", n = Text(key.ExportParameters(false).Modulus!), e = Text(key.ExportParameters(false).Exponent!) };

    private static string Text(ReadOnlySpan<byte> octets) => Base64Url.EncodeToString(octets);

    private static string KeySet(params object[] keys) => JsonSerializer.Serialize(new { keys });

    private static Dictionary<string, object> Claims(params (string Name, object? Value)[] changes)
    {
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["email"] = "ann@ours.test",
            ["iat"] = Start.ToUnixTimeSeconds(),
            ["exp"] = Start.AddMinutes(10).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in changes)
            if (value is null) claims.Remove(name);
            else claims[name] = value;
        return claims;
    }

    // signed by hand, so that what the library would not write can be tried too
    private static string Token(string algorithm, string? id, Dictionary<string, object> claims, RSA? rsa = null)
    {
        string head = JsonSerializer.Serialize(id is null ? new Dictionary<string, string> { ["alg"] = algorithm } : new() { ["alg"] = algorithm, ["kid"] = id });
        string signed = $"{Text(Encoding.UTF8.GetBytes(head))}.{Text(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        byte[] octets = Encoding.ASCII.GetBytes(signed);
        byte[] signature = algorithm switch
        {
            "RS256" => (rsa ?? Rsa).SignData(octets, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS512" => (rsa ?? Rsa).SignData(octets, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            "PS256" => (rsa ?? Rsa).SignData(octets, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "ES256" => Ec.SignData(octets, HashAlgorithmName.SHA256),
            "EdDSA" => SignatureAlgorithm.Ed25519.Sign(Ed, octets),
            "HS256" => HMACSHA256.HashData(id == "oct" ? new byte[32] : Encoding.ASCII.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem()), octets),
            _ => [],
        };
        return $"{signed}.{Text(signature)}";
    }

    private JwtValidator Validator(string keys, string nameClaim = "email") => new(
        OAuthSettings.From(ConfigFile.Parse($$"""
            mta.accounts.oauth { issuer = "{{Issuer}}", audience = "{{Audience}}", keys = "{{keys}}", name-claim = "{{nameClaim}}" }
            """, "test").Mta.Section("accounts").Section("oauth"))!, _clock);

    private JwtValidator WithFile(string nameClaim = "email")
    {
        File.WriteAllText(KeysFile, KeySet(PublicKeys));
        return Validator(KeysFile, nameClaim);
    }

    [Theory]
    [InlineData("RS256", "rsa")]
    [InlineData("PS256", "rsa")]
    [InlineData("ES256", "ec")]
    [InlineData("EdDSA", "ed")]
    [InlineData("RS256", null)]
    [InlineData("EdDSA", null)]
    public async Task A_token_of_the_issuer_names_its_account(string algorithm, string? id)
    {
        using var validator = WithFile();
        Assert.Equal("ann@ours.test", await validator.ValidateAsync(Token(algorithm, id, Claims()), Cancel));
    }

    [Theory]
    [InlineData("none", null)]
    [InlineData("none", "rsa")]
    [InlineData("HS256", "rsa")]
    [InlineData("HS256", "oct")]
    [InlineData("HS256", null)]
    [InlineData("RS512", "rsa")]
    [InlineData("EdDSA", "xd")]
    [InlineData("EdDSA", "rsa")]
    [InlineData("RS256", "ed")]
    [InlineData("RS256", "ec")]
    public async Task An_algorithm_that_is_not_expected_opens_nothing(string algorithm, string? id)
    {
        using var validator = WithFile();
        Assert.Null(await validator.ValidateAsync(Token(algorithm, id, Claims()), Cancel));
    }

    [Fact]
    public async Task Another_issuer_audience_key_or_time_opens_nothing()
    {
        using var validator = WithFile();
        Assert.Null(await validator.ValidateAsync(Token("RS256", "rsa", Claims(), OtherRsa), Cancel));
        foreach (var change in new (string, object?)[]
                 {
                     ("iss", "https://other.test"), ("iss", Issuer + "/"), ("iss", null), ("aud", "web"), ("aud", null), ("exp", null),
                     ("exp", Start.AddMinutes(-2).ToUnixTimeSeconds()), ("nbf", Start.AddMinutes(2).ToUnixTimeSeconds()), ("email", null), ("email", ""), ("email", 7),
                     ("email_verified", false), ("email_verified", "false"),
                 })
            Assert.Null(await validator.ValidateAsync(Token("ES256", "ec", Claims(change)), Cancel));
        foreach (var change in new (string, object?)[]
                 {
                     ("aud", new[] { "web", Audience }), ("email_verified", true), ("exp", Start.AddSeconds(-30).ToUnixTimeSeconds()), ("nbf", Start.AddSeconds(30).ToUnixTimeSeconds()),
                 })
            Assert.Equal("ann@ours.test", await validator.ValidateAsync(Token("ES256", "ec", Claims(change)), Cancel));
        _clock.Advance(TimeSpan.FromMinutes(12));
        Assert.Null(await validator.ValidateAsync(Token("ES256", "ec", Claims()), Cancel));
    }

    [Fact]
    public async Task The_operator_says_which_claim_is_the_name()
    {
        using var validator = WithFile("preferred_username");
        Assert.Equal("ann", await validator.ValidateAsync(Token("RS256", "rsa", Claims(("preferred_username", "ann"), ("email_verified", false))), Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("....")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.AAAA")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24.AAAA")]
    public async Task What_is_no_token_opens_nothing(string token)
    {
        using var validator = WithFile();
        Assert.Null(await validator.ValidateAsync(token, Cancel));
        Assert.Null(await validator.ValidateAsync(new string('a', 20_000) + "." + token, Cancel));
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_fetched_at_most_once_a_minute_and_an_old_one_stays_while_it_is_down()
    {
        var state = new IssuerState { Keys = KeySet(Public(Rsa, "one")) };
        await using var issuer = await StartIssuer(state);
        using var validator = Validator(issuer.Urls.First() + "/keys");
        Assert.NotNull(await validator.ValidateAsync(Token("RS256", "one", Claims()), Cancel));
        Assert.NotNull(await validator.ValidateAsync(Token("RS256", "one", Claims()), Cancel));
        Assert.Equal(1, state.Fetched);
        // an invented key id makes us fetch no more often
        for (int i = 0; i < 20; i++) Assert.Null(await validator.ValidateAsync(Token("RS256", $"invented {i}", Claims()), Cancel));
        Assert.Equal(1, state.Fetched);
        state.Keys = KeySet(Public(OtherRsa, "two"), Public(Rsa, "one"));
        Assert.Null(await validator.ValidateAsync(Token("RS256", "two", Claims(), OtherRsa), Cancel));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await validator.ValidateAsync(Token("RS256", "two", Claims(), OtherRsa), Cancel));
        Assert.Equal(2, state.Fetched);
        state.Fails = true;
        _clock.Advance(TimeSpan.FromHours(2));
        var later = Claims(("exp", _clock.GetUtcNow().AddMinutes(10).ToUnixTimeSeconds()));
        Assert.NotNull(await validator.ValidateAsync(Token("RS256", "two", later, OtherRsa), Cancel));
        Assert.Equal(3, state.Fetched);
        // what the issuer has withdrawn is not taken any more
        (state.Fails, state.Keys) = (false, KeySet(Public(OtherRsa, "two")));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await validator.ValidateAsync(Token("RS256", "one", later), Cancel));
    }

    [Fact]
    public async Task Keys_that_cannot_be_had_are_trouble_of_ours_and_no_wrong_token()
    {
        using var missing = Validator(Path.Combine(_folder, "nothing.json"));
        await Assert.ThrowsAsync<IOException>(async () => await missing.ValidateAsync(Token("RS256", "rsa", Claims()), Cancel));
        File.WriteAllText(KeysFile, "{ no json");
        using var broken = Validator(KeysFile);
        await Assert.ThrowsAsync<IOException>(async () => await broken.ValidateAsync(Token("RS256", "rsa", Claims()), Cancel));
        File.WriteAllText(KeysFile, KeySet(PublicKeys[3], PublicKeys[4]));
        using var useless = Validator(KeysFile);
        await Assert.ThrowsAsync<IOException>(async () => await useless.ValidateAsync(Token("RS256", "rsa", Claims()), Cancel));
        await using var issuer = await StartIssuer(new() { Keys = new string(' ', 300_000) + KeySet(PublicKeys) });
        using var huge = Validator(issuer.Urls.First() + "/keys");
        await Assert.ThrowsAsync<IOException>(async () => await huge.ValidateAsync(Token("RS256", "rsa", Claims()), Cancel));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task The_keys_are_found_by_the_issuers_own_description(bool ofAnother, bool good)
    {
        var state = new IssuerState { Keys = KeySet(PublicKeys) };
        await using var issuer = await StartIssuer(state);
        string url = issuer.Urls.First();
        state.Discovery = JsonSerializer.Serialize(new { issuer = ofAnother ? "https://other.test" : url, jwks_uri = url + "/keys" });
        var settings = OAuthSettings.From(ConfigFile.Parse($$"""mta.accounts.oauth { issuer = "{{url}}", audience = "{{Audience}}" }""", "test").Mta.Section("accounts").Section("oauth"))!;
        using var validator = new JwtValidator(settings, _clock);
        string token = Token("RS256", "rsa", Claims(("iss", url)));
        if (good) Assert.Equal("ann@ours.test", await validator.ValidateAsync(token, Cancel));
        else await Assert.ThrowsAsync<IOException>(async () => await validator.ValidateAsync(token, Cancel));
    }

    [Theory]
    [InlineData("issuer = \"https://login.test\"", "audience")]
    [InlineData("issuer = \"http://login.test\", audience = a", "https")]
    [InlineData("issuer = \"http://127.0.0.1\", audience = a, keys = \"http://login.test/keys\"", "https")]
    [InlineData("issuer = \"login.test\", audience = a", "keys")]
    [InlineData("issuer = x, audience = a, keys = f, name-claim = \"\"", "name-claim")]
    public void A_setting_that_would_let_strangers_in_is_refused(string text, string about) => Assert.Contains(about,
        Assert.Throws<ConfigException>(() => OAuthSettings.From(ConfigFile.Parse($"mta.accounts.oauth {{ {text} }}", "test").Mta.Section("accounts").Section("oauth"))).Message,
        StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<WebApplication> StartIssuer(IssuerState state)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapGet("/keys", () =>
        {
            state.Fetched++;
            return state.Fails ? Results.StatusCode(503) : Results.Text(state.Keys, "application/json");
        });
        app.MapGet("/.well-known/openid-configuration", () => Results.Text(state.Discovery, "application/json"));
        await app.StartAsync(Cancel);
        return app;
    }

    private sealed class IssuerState
    {
        public string Keys { get; set; } = "";
        public string Discovery { get; set; } = "";
        public bool Fails { get; set; }
        public int Fetched { get; set; }
    }
}
