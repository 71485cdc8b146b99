namespace Mta.Protocol.Sasl;

/// <summary>The mechanisms of our servers. Those that an operator or the connection does not allow are left out of the set.</summary>
[Flags]
public enum SaslMechanisms : byte
{
    None = 0,
    Plain = 1 << 0,
    Login = 1 << 1,
    ScramSha256 = 1 << 2,

    /// <summary>With channel binding; only where the connection has one.</summary>
    ScramSha256Plus = 1 << 3,
    OAuthBearer = 1 << 4,
    XOAuth2 = 1 << 5,

    /// <summary>What needs a password of ours.</summary>
    Passwords = Plain | Login | ScramSha256 | ScramSha256Plus,

    /// <summary>What needs someone who judges tokens.</summary>
    Tokens = OAuthBearer | XOAuth2,
    All = Passwords | Tokens,
}

