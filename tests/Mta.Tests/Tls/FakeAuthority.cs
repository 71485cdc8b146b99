using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Mta.Tests.Tls;

/// <summary>
/// An authority (RFC 8555) that believes everybody and lives by the test's clock: for what takes months. What a real one says of our requests, Pebble says
/// elsewhere.
/// </summary>
internal sealed class FakeAuthority : IAsyncDisposable
{
    public static readonly TimeSpan Validity = TimeSpan.FromDays(90);
    private readonly TimeProvider _clock;
    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), _ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root, _own;
    private readonly WebApplication _app;
    private string _issued = "";
    private int _orders, _nonce;

    private FakeAuthority(TimeProvider clock, string folder)
    {
        _clock = clock;
        // its own TLS is looked at by the system's clock
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=Fake Root", _rootKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = request.CreateSelfSigned(now.AddYears(-20), now.AddYears(20));
        RootPath = Path.Combine(folder, "root.pem");
        File.WriteAllText(RootPath, _root.ExportCertificatePem());
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var own = new CertificateRequest("CN=authority", _ownKey, HashAlgorithmName.SHA256);
        own.CertificateExtensions.Add(names.Build());
        using var signed = own.Create(_root, now.AddDays(-1), now.AddDays(1), [1]);
        using var withKey = signed.CopyWithPrivateKey(_ownKey);
        _own = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(_own)));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string RootPath { get; }

    /// <summary>Orders so far.</summary>
    public int Orders => Volatile.Read(ref _orders);

    /// <summary>Every request fails.</summary>
    public bool IsDown { get; set; }

    private string Url => _app.Urls.First();

    public static async Task<FakeAuthority> StartAsync(TimeProvider clock, string folder)
    {
        var authority = new FakeAuthority(clock, folder);
        await authority._app.StartAsync(TestContext.Current.CancellationToken);
        return authority;
    }

    public string Section(string more) => $"acme {{ hosts = [ mx.test ], agree-to-terms = on, directory = \"{Url}/directory\", ca-file = \"{RootPath}\", {more} }}";

    private async Task AnswerAsync(HttpContext context)
    {
        if (IsDown)
        {
            context.Response.StatusCode = 503;
            return;
        }
        context.Response.Headers["Replay-Nonce"] = $"{Interlocked.Increment(ref _nonce):D8}";
        switch (context.Request.Path.Value)
        {
            case "/directory":
                await context.Response.WriteAsync($$"""{"newNonce":"{{Url}}/nonce","newAccount":"{{Url}}/account","newOrder":"{{Url}}/order"}""");
                break;
            case "/nonce":
                break;
            case "/account":
                context.Response.Headers.Location = $"{Url}/account/1";
                await context.Response.WriteAsync("{}");
                break;
            case "/order":
                Interlocked.Increment(ref _orders);
                _issued = "";
                await Order(context);
                break;
            case "/order/1":
                await Order(context);
                break;
            case "/finalize":
                _issued = Issue(await Payload(context));
                await Order(context);
                break;
            default:
                await context.Response.WriteAsync(_issued);
                break;
        }
    }

    // nothing is left to be proven
    private Task Order(HttpContext context)
    {
        context.Response.Headers.Location = $"{Url}/order/1";
        return context.Response.WriteAsync(
            $$"""{"status":"{{(_issued.Length > 0 ? "valid" : "ready")}}","authorizations":[],"finalize":"{{Url}}/finalize","certificate":"{{Url}}/certificate"}""");
    }

    private string Issue(JsonNode payload)
    {
        byte[] request = Base64Url.DecodeFromChars(payload["csr"]!.GetValue<string>());
        var read = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        using var certificate = read.Create(_root, _clock.GetUtcNow(), _clock.GetUtcNow() + Validity, RandomNumberGenerator.GetBytes(8));
        return certificate.ExportCertificatePem();
    }

    private static async Task<JsonNode> Payload(HttpContext context)
    {
        var signed = await JsonNode.ParseAsync(context.Request.Body);
        return JsonNode.Parse(Base64Url.DecodeFromChars(signed!["payload"]!.GetValue<string>()))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (IDisposable one in (IDisposable[])[_root, _own, _rootKey, _ownKey]) one.Dispose();
    }
}
