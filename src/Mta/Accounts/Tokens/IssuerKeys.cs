using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Mta.Accounts.Tokens;

/// <summary>
/// The public keys of the issuer, from a file, a URL, or where its discovery document points (OpenID Connect Discovery 1.0 §4). Kept for a
/// time; a key that is not among them has them fetched again, at most once a minute, so that nobody makes us fetch by inventing key ids.
/// </summary>
internal sealed class IssuerKeys(OAuthSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromMinutes(1), Patience = TimeSpan.FromSeconds(10);

    /// <summary>Octets of a document, and keys of a set.</summary>
    private const int MaxSize = 256 * 1024, MaxKeys = 100;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = MaxSize,
    };
    private readonly SemaphoreSlim _fetching = new(1);
    private IReadOnlyList<SecurityKey> _keys = [];
    private DateTimeOffset _tried = DateTimeOffset.MinValue, _fetched = DateTimeOffset.MinValue;
    private string? _problem;

    /// <summary>The keys, with the one of this id if the issuer has it. Throws <see cref="IOException"/> when there are none.</summary>
    /// <param name="id">Null: the token does not say.</param>
    public async ValueTask<IReadOnlyList<SecurityKey>> GetAsync(string? id, CancellationToken cancel)
    {
        if (IsEnough(id)) return _keys;
        await _fetching.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var now = clock.GetUtcNow();
            if (!IsEnough(id) && (_tried == DateTimeOffset.MinValue || now - _tried >= MinInterval))
            {
                _tried = now;
                await FetchAsync(now, cancel).ConfigureAwait(false);
            }
            return _keys.Count > 0 ? _keys : throw new IOException($"the keys of {settings.Issuer} cannot be had: {_problem ?? "there are none"}");
        }
        finally
        {
            _fetching.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _fetching.Dispose();
    }

    private bool IsEnough(string? id)
    {
        var keys = _keys;
        return keys.Count > 0 && clock.GetUtcNow() - _fetched < settings.Refresh && (id is null || keys.Any(k => k.KeyId == id));
    }

    private async Task FetchAsync(DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            (_keys, _problem) = (Usable(await DocumentAsync(cancel).ConfigureAwait(false)), null);
            _fetched = now;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or JsonException or ArgumentException or KeyNotFoundException
            or InvalidOperationException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            // the old ones stay in force: an issuer that is down for a while must not lock everyone out
            _problem = e.Message;
        }
    }

    private async Task<string> DocumentAsync(CancellationToken cancel)
    {
        if (settings.Keys is { } keys && !OAuthSettings.IsUrl(keys, out _))
        {
            if (new FileInfo(keys) is { Exists: true, Length: > MaxSize }) throw new IOException($"{keys} is too long");
            return await File.ReadAllTextAsync(keys, cancel).ConfigureAwait(false);
        }
        string url = settings.Keys ?? await DiscoverAsync(cancel).ConfigureAwait(false);
        return await _http.GetStringAsync(new Uri(url), cancel).ConfigureAwait(false);
    }

    private async Task<string> DiscoverAsync(CancellationToken cancel)
    {
        string document = await _http.GetStringAsync(new Uri(settings.Issuer.TrimEnd('/') + "/.well-known/openid-configuration"), cancel).ConfigureAwait(false);
        using var json = JsonDocument.Parse(document);
        // OpenID Connect Discovery 1.0 §4.3: it must speak of the issuer that was asked
        if (json.RootElement.GetProperty("issuer").GetString() != settings.Issuer) throw new IOException("the discovery document is another issuer's");
        string url = json.RootElement.GetProperty("jwks_uri").GetString() ?? "";
        if (!OAuthSettings.IsUrl(url, out var parsed) || parsed.Scheme == Uri.UriSchemeHttp && !parsed.IsLoopback) throw new IOException("the discovery document names no https URL for the keys");
        return url;
    }

    // Public keys for signatures alone: never "oct", with which whoever has the set could sign.
    private static SecurityKey[] Usable(string document) => [.. JsonWebKeySet.Create(document).Keys
        .Where(k => k.Use is null or "" or "sig")
        .Select(k => k.Kty is JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve ? k : (SecurityKey?)Ed25519Key.From(k))
        .OfType<SecurityKey>().Take(MaxKeys)];
}
