namespace Mta.Accounts;

/// <summary>Judges OAuth access tokens. Safe from any thread. A validator that cannot be reached is an <see cref="IOException"/>.</summary>
public interface ITokenValidator
{
    /// <summary>The name of the account that a token lets in, or null for one that is not good.</summary>
    ValueTask<string?> ValidateAsync(string token, CancellationToken cancel);
}
