namespace Mta.Protocol.Sasl;

/// <summary>What comes next in a <see cref="SaslExchange"/>.</summary>
public abstract record SaslStep
{
    private SaslStep() { }

    /// <summary>Send these octets (in base 64, where the protocol wants that), and hand the client's answer to <see cref="SaslExchange.Respond"/>.</summary>
    public sealed record Challenge(ReadOnlyMemory<byte> Octets) : SaslStep
    {
        /// <summary>The challenge of a mechanism in which the client speaks first and has not (RFC 4422 §3).</summary>
        public static Challenge Empty { get; } = new(ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Judge a name and a password; then <see cref="SaslExchange.Accepted"/> or <see cref="SaslExchange.Refused"/>.</summary>
    public sealed record CheckPassword(string Name, string Password) : SaslStep
    {
        /// <summary>The password does not belong in a log.</summary>
        public override string ToString() => $"CheckPassword {Name}";
    }

    /// <summary>Look up the keys of a name; then <see cref="SaslExchange.KeysFound"/>.</summary>
    public sealed record FindKeys(string Name) : SaslStep;

    /// <summary>The client proved that it has the password, or failed to; then <see cref="SaslExchange.Accepted"/> or <see cref="SaslExchange.Refused"/>.</summary>
    public sealed record SignIn(string Name, bool IsProven) : SaslStep;

    /// <summary>Judge an OAuth token; then <see cref="SaslExchange.Accepted"/> or <see cref="SaslExchange.Refused"/>.</summary>
    /// <param name="Name">Whose it must be; null: whoever it names.</param>
    public sealed record CheckToken(string? Name, string Token) : SaslStep
    {
        /// <summary>Nor does a token.</summary>
        public override string ToString() => $"CheckToken {Name}";
    }

    /// <summary>The client is who it said.</summary>
    public sealed record Done : SaslStep
    {
        public static Done Instance { get; } = new();
    }

    /// <summary>It is over. What the client is told is the protocol's.</summary>
    public sealed record Failed(SaslFailure Reason) : SaslStep
    {
        public static Failed Malformed { get; } = new(SaslFailure.Malformed);
        public static Failed Credentials { get; } = new(SaslFailure.Credentials);
    }
}

/// <summary>Why an exchange failed.</summary>
public enum SaslFailure : byte
{
    /// <summary>What the client sent is not what the mechanism says (501 5.5.2).</summary>
    Malformed,

    /// <summary>Who the client says to be is not proven (535 5.7.8).</summary>
    Credentials,
}
