using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Mta.Tls.Acme;

/// <summary>
/// Speaks to an authority (RFC 8555 §6): signed requests with nonces, over verified TLS. All errors are <see cref="AcmeException"/>. One request at a time.
/// </summary>
internal sealed class AcmeClient : IDisposable
{
    private const int MaxAnswer = 1 << 20, MaxNonceTries = 10, MaxNonces = 16;
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(60), MaxRetryAfter = TimeSpan.FromDays(7);
    private static readonly string Version = typeof(AcmeClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 16,
        Converters = { new HttpsUrl() },
    };

    private readonly HttpClient _http;
    private readonly AcmeSettings _settings;
    private readonly AccountKey _key;
    private readonly TimeProvider _clock;
    private readonly Queue<string> _nonces = new();
    private AcmeDirectory? _directory;
    private string? _account;

    public AcmeClient(AcmeSettings settings, AccountKey key, TimeProvider clock)
    {
        (_settings, _key, _clock) = (settings, key, clock);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (settings.Roots is { } roots)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        _http = new(handler) { Timeout = RequestLimit, MaxResponseContentBufferSize = MaxAnswer };
        _http.DefaultRequestHeaders.UserAgent.Add(new("mta", Version)); // RFC 8555 §6.1: must be there
    }

    public AccountKey Key => _key;

    /// <summary>Orders a certificate for one name (RFC 8555 §7.4); the second is where the order stands.</summary>
    public async Task<(AcmeOrder Order, Uri Url)> OrderAsync(string host, CancellationToken cancel)
    {
        await LogInAsync(cancel).ConfigureAwait(false);
        var request = new JsonObject { ["identifiers"] = new JsonArray(new JsonObject { ["type"] = "dns", ["value"] = host }) };
        using var response = await PostAsync(_directory!.NewOrder, request, "order", cancel).ConfigureAwait(false);
        return (await ReadAsync<AcmeOrder>(response, "order", cancel).ConfigureAwait(false), Location(response));
    }

    /// <summary>The present state of an order, an authorization or a challenge, and how long to wait before asking again, where the authority says so.</summary>
    public async Task<(T Value, TimeSpan? RetryAfter)> GetAsync<T>(Uri url, string what, CancellationToken cancel)
    {
        using var response = await PostAsync(url, null, what, cancel).ConfigureAwait(false);
        return (await ReadAsync<T>(response, what, cancel).ConfigureAwait(false), RetryAfter(response));
    }

    /// <summary>Says something to an object; what it answers is of no interest.</summary>
    public async Task TellAsync(Uri url, JsonNode payload, string what, CancellationToken cancel)
    {
        using var response = await PostAsync(url, payload, what, cancel).ConfigureAwait(false);
    }

    /// <summary>The certificate and its chain, PEM (RFC 8555 §7.4.2).</summary>
    public async Task<string> DownloadAsync(Uri certificate, CancellationToken cancel)
    {
        using var response = await PostAsync(certificate, null, "certificate", cancel).ConfigureAwait(false);
        return await Guard("certificate", () => response.Content.ReadAsStringAsync(cancel), cancel).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Finds our account by its key, or makes it (RFC 8555 §7.3 and §7.3.1): the same request does both.</summary>
    private async Task LogInAsync(CancellationToken cancel)
    {
        _directory ??= await Guard("directory", async () =>
        {
            using var response = await _http.GetAsync(_settings.Directory, cancel).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await ReadAsync<AcmeDirectory>(response, "directory", cancel).ConfigureAwait(false)
                : throw new AcmeException("", $"directory: HTTP {(int)response.StatusCode}", RetryAfter(response));
        }, cancel).ConfigureAwait(false);
        if (_account is not null) return;
        var request = new JsonObject { ["termsOfServiceAgreed"] = true };
        if (_settings.Contact.Count > 0) request["contact"] = new JsonArray([.. _settings.Contact.Select(c => JsonValue.Create(c))]);
        if (_settings.ExternalAccount is { } external) request["externalAccountBinding"] = Jws.Bind(external, _key, _directory.NewAccount);
        using var response = await PostAsync(_directory.NewAccount, request, "account", cancel).ConfigureAwait(false);
        _account = Location(response).AbsoluteUri;
    }

    private async Task<HttpResponseMessage> PostAsync(Uri url, JsonNode? payload, string what, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            string nonce = _nonces.TryDequeue(out string? kept) ? kept : await FetchNonceAsync(cancel).ConfigureAwait(false);
            using var request = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Content = new StringContent(Jws.Sign(_key, _account, nonce, url, payload).ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(Jws.ContentType)),
            };
            request.Content.Headers.ContentType!.CharSet = null; // RFC 8555 §6.2: the type, and nothing with it
            var response = await Guard(what, () => _http.SendAsync(request, cancel), cancel).ConfigureAwait(false);
            Keep(response);
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                var problem = await ProblemAsync(response, what, cancel).ConfigureAwait(false);
                // RFC 8555 §6.5: the answer brought a fresh one
                if (problem.Type != AcmeException.BadNonce || attempt == MaxNonceTries) throw problem;
            }
        }
    }

    private async Task<string> FetchNonceAsync(CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, _directory!.NewNonce);
        using var response = await Guard("nonce", () => _http.SendAsync(request, cancel), cancel).ConfigureAwait(false);
        Keep(response);
        return _nonces.TryDequeue(out string? nonce) ? nonce : throw new AcmeException("", $"nonce: HTTP {(int)response.StatusCode} without one", RetryAfter(response));
    }

    private void Keep(HttpResponseMessage response)
    {
        // RFC 8555 §6.5.1: what is not base64url must be ignored
        if (response.Headers.TryGetValues("Replay-Nonce", out var values) && values.First() is { Length: > 0 } nonce
            && System.Buffers.Text.Base64Url.IsValid(nonce) && _nonces.Count < MaxNonces) _nonces.Enqueue(nonce);
    }

    private async Task<AcmeException> ProblemAsync(HttpResponseMessage response, string what, CancellationToken cancel)
    {
        AcmeProblem? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize<AcmeProblem>(await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false), Format);
        }
        catch (Exception e) when (e is JsonException or HttpRequestException)
        {
            // a proxy's page, or nothing: the status says enough
        }
        return (problem ?? new()).ToException(what, response.StatusCode, RetryAfter(response));
    }

    private static Task<T> ReadAsync<T>(HttpResponseMessage response, string what, CancellationToken cancel) => Guard(what, async () =>
        JsonSerializer.Deserialize<T>(await response.Content.ReadAsStringAsync(cancel).ConfigureAwait(false), Format) ?? throw new JsonException("it is null"), cancel);

    private static Uri Location(HttpResponseMessage response) => response.Headers.Location is { IsAbsoluteUri: true } url && url.Scheme == Uri.UriSchemeHttps
        ? url : throw new AcmeException("", "the authority does not say where it has put what it made");

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var said = response.Headers.RetryAfter is not { } header ? null : header.Delta ?? header.Date - _clock.GetUtcNow();
        return said is not { } wait || wait <= TimeSpan.Zero ? null : wait < MaxRetryAfter ? wait : MaxRetryAfter;
    }

    private static async Task<T> Guard<T>(string what, Func<Task<T>> call, CancellationToken cancel)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new AcmeException("", $"{what}: the authority does not answer", null, e);
        }
        catch (HttpRequestException e)
        {
            throw new AcmeException("", $"{what}: {e.GetBaseException().Message}", null, e);
        }
        catch (JsonException e)
        {
            throw new AcmeException("", $"{what}: the answer is malformed: {e.Message}", null, e);
        }
    }

    /// <summary>RFC 8555 §6.1: all of it is https.</summary>
    private sealed class HttpsUrl : JsonConverter<Uri>
    {
        public override Uri Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Uri.TryCreate(reader.GetString(), UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
                ? url : throw new JsonException("an https URL was expected");

        public override void Write(Utf8JsonWriter writer, Uri value, JsonSerializerOptions options) => writer.WriteStringValue(value.AbsoluteUri);
    }
}
