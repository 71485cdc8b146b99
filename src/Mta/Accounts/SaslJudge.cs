using System.Net;
using Mta.Protocol.Sasl;

namespace Mta.Accounts;

/// <summary>What a sign-in asks of the accounts, whatever is spoken around it.</summary>
internal static class SaslJudge
{
    /// <summary>Judges a step with a password, a proof or a token. Throws <see cref="IOException"/> where that cannot be done now.</summary>
    public static ValueTask<SignIn> JudgeAsync(IDirectory directory, ITokenValidator? tokens, SaslStep step, IPAddress client, CancellationToken cancel) => step switch
    {
        SaslStep.CheckPassword(var name, var password) => new(directory.CheckPasswordAsync(name, password, client, cancel)),
        SaslStep.SignIn(var name, var proven) => directory.SignInAsync(name, proven, client, cancel),
        SaslStep.CheckToken token when tokens is not null => CheckTokenAsync(directory, tokens, token, client, cancel),
        _ => throw new InvalidOperationException($"there is nothing to judge in {step}"),
    };

    /// <summary>Who a step is about, as the client says it; empty where it does not.</summary>
    public static string NameIn(SaslStep step) => step switch
    {
        SaslStep.CheckPassword(var name, _) => name,
        SaslStep.SignIn(var name, _) => name,
        SaslStep.CheckToken(var name, _) => name ?? "",
        _ => "",
    };

    private static async ValueTask<SignIn> CheckTokenAsync(IDirectory directory, ITokenValidator tokens, SaslStep.CheckToken token, IPAddress client, CancellationToken cancel)
    {
        string? name = await tokens.ValidateAsync(token.Token, cancel).ConfigureAwait(false);
        bool proven = name is not null && (token.Name is null || token.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        // a token that names nobody counts against nobody
        return (proven ? name : token.Name) is not { } known ? SignIn.Refused.Instance
            : await directory.SignInAsync(known, proven, client, cancel).ConfigureAwait(false);
    }
}
