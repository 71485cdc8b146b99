namespace Mta.Accounts;

/// <summary>Judges the tokens of OAUTHBEARER (RFC 7628) and XOAUTH2. Safe from any thread.</summary>
public interface ITokenValidator
{
    /// <summary>
    /// The name of the account that a token was issued to, or null for one that is not good: then it ends with a failed sign-in like any other.
    /// Throws <see cref="IOException"/> when the issuer's keys cannot be had (454 4.7.0).
    /// </summary>
    ValueTask<string?> ValidateAsync(string token, CancellationToken cancel);
}
