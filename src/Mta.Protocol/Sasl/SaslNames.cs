using System.Text;

namespace Mta.Protocol.Sasl;

/// <summary>The registered names of the mechanisms, in the order in which they are offered: the best first.</summary>
public static class SaslNames
{
    private static readonly (SaslMechanisms Mechanism, string Name)[] Names =
    [
        (SaslMechanisms.ScramSha256Plus, "SCRAM-SHA-256-PLUS"),
        (SaslMechanisms.ScramSha256, "SCRAM-SHA-256"),
        (SaslMechanisms.OAuthBearer, "OAUTHBEARER"),
        (SaslMechanisms.XOAuth2, "XOAUTH2"),
        (SaslMechanisms.Plain, "PLAIN"),
        (SaslMechanisms.Login, "LOGIN"),
    ];

    /// <summary>The names of a set, with a space in between.</summary>
    public static string List(SaslMechanisms mechanisms) => string.Join(' ', Names.Where(n => mechanisms.HasFlag(n.Mechanism)).Select(n => n.Name));

    /// <summary>The mechanism of a name, whatever its case, or <see cref="SaslMechanisms.None"/>.</summary>
    public static SaslMechanisms Find(ReadOnlySpan<byte> name)
    {
        foreach (var (mechanism, known) in Names)
            if (Ascii.EqualsIgnoreCase(name, known)) return mechanism;
        return SaslMechanisms.None;
    }

    /// <summary>Begins an exchange by one mechanism.</summary>
    /// <param name="binding">Of the connection, where PLUS was offered.</param>
    public static SaslExchange Begin(SaslMechanisms mechanism, ChannelBinding? binding) => mechanism switch
    {
        SaslMechanisms.Plain => new PlainExchange(),
        SaslMechanisms.Login => new LoginExchange(),
        SaslMechanisms.ScramSha256 => new ScramExchange(isPlus: false, binding),
        SaslMechanisms.ScramSha256Plus => new ScramExchange(isPlus: true, binding),
        SaslMechanisms.OAuthBearer => new OAuthBearerExchange(),
        SaslMechanisms.XOAuth2 => new XOAuth2Exchange(),
        _ => throw new ArgumentOutOfRangeException(nameof(mechanism)),
    };
}
