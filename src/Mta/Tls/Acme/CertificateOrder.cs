using System.Buffers.Text;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Mta.Tls.Acme;

/// <summary>One order from the first request to the certificate (RFC 8555 §7.4).</summary>
internal sealed class CertificateOrder(AcmeClient client, AcmeSettings settings, string host, TimeProvider clock)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(500), LongestPoll = TimeSpan.FromMinutes(1), Limit = TimeSpan.FromMinutes(10);

    private static readonly JsonObject Ready = [];

    /// <summary>The certificate with its chain and its new key, PEM, the key first; throws <see cref="AcmeException"/>.</summary>
    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var (order, url) = await client.OrderAsync(host, cancel).ConfigureAwait(false);
        foreach (var authorization in order.Authorizations) await AuthorizeAsync(authorization, cancel).ConfigureAwait(false);
        order = await Until<AcmeOrder>(url, "order", o => o.Status != "pending", cancel).ConfigureAwait(false);
        if (order.Status != "ready") throw Refused(order);
        using var key = NewKey();
        var request = new JsonObject { ["csr"] = Base64Url.EncodeToString(SigningRequest(key)) };
        await client.TellAsync(order.Finalize, request, "finalize", cancel).ConfigureAwait(false);
        order = await Until<AcmeOrder>(url, "order", o => o.Status is "valid" or "invalid", cancel).ConfigureAwait(false);
        if (order is not { Status: "valid", Certificate: { } certificate }) throw Refused(order);
        return $"{key.ExportPkcs8PrivateKeyPem()}\n{await client.DownloadAsync(certificate, cancel).ConfigureAwait(false)}";
    }

    private static AcmeException Refused(AcmeOrder order) => (order.Error ?? new(Detail: $"it is {order.Status}")).ToException("order");

    private async Task AuthorizeAsync(Uri url, CancellationToken cancel)
    {
        var (authorization, _) = await client.GetAsync<AcmeAuthorization>(url, "authorization", cancel).ConfigureAwait(false);
        if (authorization.Status == "valid") return; // it was proven lately
        string kind = settings.Challenge == AcmeChallengeKind.Http01 ? "http-01" : "tls-alpn-01";
        // RFC 8555 §8.1: the token is base64url, and goes into paths
        if (authorization.Challenges.FirstOrDefault(c => c.Type == kind) is not { Token: { Length: > 0 } token } challenge || !Base64Url.IsValid(token))
            throw new AcmeException("", $"authorization: the authority offers no {kind} for {host}, only {string.Join(", ", authorization.Challenges.Select(c => c.Type))}");

        var answer = await StartAnswerAsync(token, cancel).ConfigureAwait(false);
        await using var _ = answer.ConfigureAwait(false);
        await client.TellAsync(challenge.Url, Ready, "challenge", cancel).ConfigureAwait(false);
        authorization = await Until<AcmeAuthorization>(url, "authorization", a => a.Status != "pending", cancel).ConfigureAwait(false);
        if (authorization.Status == "valid") return;
        var problem = authorization.Challenges.FirstOrDefault(c => c.Type == kind)?.Error ?? new(Detail: $"it is {authorization.Status}");
        throw problem.ToException($"{kind} on {settings.Listen}, {answer.Answered} questions answered");
    }

    private async Task<IChallengeAnswer> StartAnswerAsync(string token, CancellationToken cancel)
    {
        try
        {
            return settings.Challenge == AcmeChallengeKind.Http01
                ? await HttpAnswer.StartAsync(settings.Listen, token, client.Key.Authorize(token), cancel).ConfigureAwait(false)
                : TlsAlpnAnswer.Start(settings.Listen, host, client.Key.Authorize(token), clock);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new AcmeException("", $"cannot listen on {settings.Listen} for the challenge: {e.GetBaseException().Message}", null, e);
        }
    }

    /// <summary>Asks until it is so, at the authority's pace (RFC 8555 §7.5.1), or at a slowing one of our own.</summary>
    private async Task<T> Until<T>(Uri url, string what, Func<T, bool> isSo, CancellationToken cancel)
    {
        long began = clock.GetTimestamp();
        for (var pause = FirstPoll; ; pause *= 2)
        {
            var (value, retryAfter) = await client.GetAsync<T>(url, what, cancel).ConfigureAwait(false);
            if (isSo(value)) return value;
            if (clock.GetElapsedTime(began) > Limit) throw new AcmeException("", $"{what}: still not decided after {Limit.TotalMinutes} minutes");
            if (pause > LongestPoll) pause = LongestPoll;
            await Task.Delay(retryAfter is { } wait && wait < LongestPoll ? wait : pause, clock, cancel).ConfigureAwait(false);
        }
    }

    private AsymmetricAlgorithm NewKey() => settings.KeyKind switch
    {
        AcmeKeyKind.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        AcmeKeyKind.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        AcmeKeyKind.Rsa2048 => RSA.Create(2048),
        AcmeKeyKind.Rsa3072 => RSA.Create(3072),
        _ => RSA.Create(4096),
    };

    // RFC 8555 §7.4: the names as in the order; the authority chooses the rest
    private byte[] SigningRequest(AsymmetricAlgorithm key)
    {
        var subject = new X500DistinguishedNameBuilder().Build();
        var request = key is ECDsa ecdsa ? new CertificateRequest(subject, ecdsa, HashAlgorithmName.SHA256) : new(subject, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequest();
    }
}
