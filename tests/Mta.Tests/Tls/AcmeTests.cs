using System.Buffers.Text;
using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Mta.Tls.Acme;

namespace Mta.Tests.Tls;

public sealed class AcmeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static AccountKey Key(ECParameters parameters)
    {
        using var key = ECDsa.Create(parameters);
        return AccountKey.FromPem(key.ExportPkcs8PrivateKeyPem());
    }

    private static ECParameters Parameters(string x, string y, string d) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new() { X = Base64Url.DecodeFromChars(x), Y = Base64Url.DecodeFromChars(y) },
        D = Base64Url.DecodeFromChars(d),
    };

    // RFC 7515 appendix A.3
    private static readonly ECParameters Es256 = Parameters(
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");

    private const string A1Payload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

    [Fact]
    public void A_mac_is_that_of_RFC_7515_A_1()
    {
        byte[] key = Base64Url.DecodeFromChars("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
        var signed = Jws.Sign(Encoding.ASCII.GetBytes("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}"), Base64Url.DecodeFromChars(A1Payload), input => HMACSHA256.HashData(key, input));
        Assert.Equal("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9", signed["protected"]!.GetValue<string>());
        Assert.Equal(A1Payload, signed["payload"]!.GetValue<string>());
        Assert.Equal("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", signed["signature"]!.GetValue<string>());
    }

    [Fact]
    public void A_signature_has_the_form_of_RFC_7515_A_3()
    {
        using var key = Key(Es256);
        var signed = Jws.Sign("{\"alg\":\"ES256\"}"u8, Base64Url.DecodeFromChars(A1Payload), key.Sign);
        Assert.Equal("eyJhbGciOiJFUzI1NiJ9", signed["protected"]!.GetValue<string>());
        byte[] input = Encoding.ASCII.GetBytes($"eyJhbGciOiJFUzI1NiJ9.{A1Payload}");
        using var verifier = ECDsa.Create(Es256);
        // theirs is good for our input, and ours for their key
        Assert.True(verifier.VerifyData(input, Base64Url.DecodeFromChars("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"), HashAlgorithmName.SHA256));
        byte[] ours = Base64Url.DecodeFromChars(signed["signature"]!.GetValue<string>());
        Assert.Equal(64, ours.Length);
        Assert.True(verifier.VerifyData(input, ours, HashAlgorithmName.SHA256));
    }

    [Fact]
    public void A_thumbprint_is_that_of_RFC_9449_6_1()
    {
        using var whole = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = Key(whole.ExportParameters(true));
        // the RFC gives the public half alone, so the same is done with it by hand
        var jwk = new JsonObject { ["crv"] = "P-256", ["kty"] = "EC", ["x"] = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", ["y"] = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA" };
        Assert.Equal("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(jwk.ToJsonString()))));
        Assert.Equal(jwk.Select(m => m.Key), key.Jwk().Select(m => m.Key));
        Assert.Equal(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(key.Jwk().ToJsonString()))), key.Thumbprint);
    }

    [Fact]
    public void A_request_names_its_account_or_shows_the_key()
    {
        using var key = Key(Es256);
        var url = new Uri("https://ca.test/order?a=b+c");
        var first = Header(Jws.Sign(key, null, "n1", url, new JsonObject()));
        Assert.Equal(("ES256", "n1", "https://ca.test/order?a=b+c", true, false), (first["alg"]!.GetValue<string>(), first["nonce"]!.GetValue<string>(), first["url"]!.GetValue<string>(), first.ContainsKey("jwk"), first.ContainsKey("kid")));
        Assert.False(first["jwk"]!.AsObject().ContainsKey("d"));
        var get = Jws.Sign(key, "https://ca.test/a/1", "n2", url, null);
        Assert.Equal("", get["payload"]!.GetValue<string>()); // RFC 8555 §6.3
        Assert.Equal((false, "https://ca.test/a/1"), (Header(get).ContainsKey("jwk"), Header(get)["kid"]!.GetValue<string>()));
        var bound = Jws.Bind(new("kid-1", [1, 2, 3]), key, url);
        Assert.Equal(["alg", "kid", "url"], Header(bound).Select(m => m.Key)); // RFC 8555 §7.3.4: no nonce
        Assert.Equal(key.Jwk().ToJsonString(), Encoding.UTF8.GetString(Base64Url.DecodeFromChars(bound["payload"]!.GetValue<string>())));

        static JsonObject Header(JsonObject jws) => JsonNode.Parse(Base64Url.DecodeFromChars(jws["protected"]!.GetValue<string>()))!.AsObject();
    }

    [Fact]
    public async Task The_handshake_of_a_challenge_holds_the_digest()
    {
        await using var answer = TlsAlpnAnswer.Start(new(IPAddress.Loopback, 0), "mx.test", "token.thumb", TimeProvider.System);
        using (var client = await Shake("mx.test", "acme-tls/1"))
        {
            Assert.Equal("acme-tls/1", client.NegotiatedApplicationProtocol.ToString());
            using var certificate = new X509Certificate2(client.RemoteCertificate!);
            // RFC 8737 §3
            var names = Assert.Single(certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>());
            Assert.Equal(["mx.test"], names.EnumerateDnsNames());
            Assert.Empty(names.EnumerateIPAddresses());
            var identifier = Assert.Single(certificate.Extensions, e => e.Oid!.Value == "1.3.6.1.5.5.7.1.31");
            Assert.True(identifier.Critical);
            Assert.Equal(SHA256.HashData("token.thumb"u8), new AsnReader(identifier.RawData, AsnEncodingRules.DER).ReadOctetString());
            Assert.Equal(certificate.Subject, certificate.Issuer);
        }
        Assert.Equal(1, answer.Answered);
        await Assert.ThrowsAnyAsync<Exception>(() => Shake("other.test", "acme-tls/1"));
        await Assert.ThrowsAnyAsync<AuthenticationException>(() => Shake("mx.test", "http/1.1"));
        Assert.Equal(1, answer.Answered);

        async Task<SslStream> Shake(string host, string protocol)
        {
            var client = new SslStream(await TlsPeers.ConnectAsync(answer.Local), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
            await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, ApplicationProtocols = [new(protocol)] }, Cancel);
            Assert.Equal(0, await client.ReadAsync(new byte[1], Cancel)); // nothing is said under it
            return client;
        }
    }

    [Fact]
    public async Task The_page_of_a_challenge_answers_only_what_was_asked()
    {
        int port = FreePort();
        var answer = await HttpAnswer.StartAsync(new(IPAddress.Loopback, port), "tok-en_1", "tok-en_1.thumb", Cancel);
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        using (var page = await client.GetAsync(new Uri("/.well-known/acme-challenge/tok-en_1", UriKind.Relative), Cancel))
        {
            Assert.Equal("tok-en_1.thumb", await page.Content.ReadAsStringAsync(Cancel));
            Assert.Equal("application/octet-stream", page.Content.Headers.ContentType!.ToString()); // RFC 8555 §8.3
            Assert.False(page.Headers.Contains("Server"));
        }
        foreach (string path in new[] { "/", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/other", "/.well-known/acme-challenge/tok-en_1/", "/.well-known/acme-challenge/TOK-EN_1", "/metrics" })
        {
            using var nothing = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            Assert.Equal((HttpStatusCode.NotFound, ""), (nothing.StatusCode, await nothing.Content.ReadAsStringAsync(Cancel)));
        }
        using (var post = await client.PostAsync(new Uri("/.well-known/acme-challenge/tok-en_1", UriKind.Relative), null, Cancel)) Assert.Equal(HttpStatusCode.NotFound, post.StatusCode);
        Assert.Equal(1, answer.Answered);
        await answer.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri("/", UriKind.Relative), Cancel));
    }

    [Fact]
    public async Task An_accept_that_fails_again_and_again_is_tried_again_with_longer_and_longer_pauses()
    {
        var clock = new FakeTimeProvider();
        int tries = 0, answered = 0;
        using var places = new SemaphoreSlim(1);
        using var stop = new CancellationTokenSource();
        var pauses = new List<double>();
        var serving = TlsAlpnAnswer.ServeAsync(
            _ => Interlocked.Increment(ref tries) is > 11 and < 13 ? ValueTask.FromResult<Socket>(null!) : throw new SocketException((int)SocketError.TooManyOpenSockets),
            _ =>
            {
                answered++;
                places.Release();
            }, places, clock, stop.Token);
        for (double waited = 0; tries < 13; waited += 10)
        {
            int before = tries;
            clock.Advance(TimeSpan.FromMilliseconds(10));
            if (tries == before) continue;
            pauses.Add(waited + 10);
            waited = -10;
        }
        Assert.Equal([10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000], pauses);
        Assert.Equal(1, answered);
        await stop.CancelAsync();
        await serving;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
