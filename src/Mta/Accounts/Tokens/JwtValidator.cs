using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mta.Accounts.Tokens;

/// <summary>Judges signed tokens (RFC 7519, RFC 8725) of one issuer, for one audience.</summary>
internal sealed class JwtValidator(OAuthSettings settings, TimeProvider clock) : ITokenValidator, IDisposable
{
    /// <summary>Characters.</summary>
    private const int MaxLength = 16 * 1024;

    // RFC 8725 §3.1: what is expected, and nothing that the token chooses; no "none", and no HS256, for which the public key would be the secret
    private static readonly string[] Algorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSsaPssSha256, Ed25519Key.Algorithm];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength, MapInboundClaims = false };
    private readonly IssuerKeys _keys = new(settings, clock);

    public async ValueTask<string?> ValidateAsync(string token, CancellationToken cancel)
    {
        if (token.Length > MaxLength || !_handler.CanReadToken(token)) return null;
        JsonWebToken read;
        try
        {
            read = _handler.ReadJsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException)
        {
            return null;
        }
        // what cannot be good is not worth a look at the issuer's keys
        if (!Algorithms.Contains(read.Alg, StringComparer.Ordinal) || read.Issuer != settings.Issuer) return null;
        var keys = await _keys.GetAsync(string.IsNullOrEmpty(read.Kid) ? null : read.Kid, cancel).ConfigureAwait(false);
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = Algorithms,
            ValidIssuer = settings.Issuer,
            ValidAudience = settings.Audience,
            IssuerSigningKeys = keys,
            TryAllIssuerSigningKeys = string.IsNullOrEmpty(read.Kid),
            RequireSignedTokens = true,
            ValidateLifetime = true,
            LifetimeValidator = (notBefore, expires, _, _) => IsInForce(notBefore, expires),
        }).ConfigureAwait(false);
        return result.IsValid ? Name(result) : null;
    }

    public void Dispose() => _keys.Dispose();

    // RFC 7519 §4.1.4 and §4.1.5; a token that never expires is not taken
    private bool IsInForce(DateTime? notBefore, DateTime? expires)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + settings.ClockSkew && (notBefore is not { } begin || begin <= now + settings.ClockSkew);
    }

    private string? Name(TokenValidationResult result)
    {
        // an address that nobody has proved to be his own would open another's mailbox (OpenID Connect Core 1.0 §5.7)
        if (settings.NameClaim == "email" && result.Claims.TryGetValue("email_verified", out object? verified) && !IsTrue(verified)) return null;
        return result.Claims.TryGetValue(settings.NameClaim, out object? name) && name is string { Length: > 0 } text ? text : null;
    }

    private static bool IsTrue(object? value) => value is true || value is string text && text.Equals("true", StringComparison.OrdinalIgnoreCase);
}
