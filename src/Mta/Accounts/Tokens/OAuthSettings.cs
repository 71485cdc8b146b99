using Mta.Config;

namespace Mta.Accounts.Tokens;

/// <summary><c>mta.accounts.oauth</c>: whose tokens are taken.</summary>
public sealed record OAuthSettings
{
    /// <summary>As it stands in the tokens.</summary>
    public required string Issuer { get; init; }
    public required string Audience { get; init; }

    /// <summary>A file, or the URL of a key set; null: what the issuer's discovery document names.</summary>
    public required string? Keys { get; init; }

    /// <summary>The claim that holds the account's name.</summary>
    public required string NameClaim { get; init; }
    public required TimeSpan ClockSkew { get; init; }

    /// <summary>How long keys are used before they are fetched again.</summary>
    public required TimeSpan Refresh { get; init; }

    /// <summary>Null where no issuer is named.</summary>
    public static OAuthSettings? From(ConfigSection oauth)
    {
        if (oauth.OptionalString("issuer") is not { } issuer) return null;
        string? keys = oauth.OptionalString("keys");
        if (keys is null && !IsUrl(issuer, out _)) throw oauth.Wrong("keys", "must be a file or a URL, for the issuer is no URL");
        foreach (var (key, url) in new[] { ("issuer", keys is null ? issuer : null), ("keys", keys) })
            if (url is not null && IsUrl(url, out var parsed) && parsed.Scheme == Uri.UriSchemeHttp && !parsed.IsLoopback)
                throw oauth.Wrong(key, "must begin with https: whoever can change the keys on their way can sign in as anyone");
        return new()
        {
            Issuer = issuer,
            Audience = oauth.OptionalString("audience") ?? throw oauth.Wrong("audience", "must be set: a token for another service must not open mailboxes"),
            Keys = keys,
            NameClaim = oauth.OptionalString("name-claim") ?? throw oauth.Wrong("name-claim", "must be set"),
            ClockSkew = oauth.Duration("clock-skew"),
            Refresh = oauth.Duration("refresh"),
        };
    }

    internal static bool IsUrl(string text, out Uri url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url!) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);
}
