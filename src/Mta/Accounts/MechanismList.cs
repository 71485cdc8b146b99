using System.Text;
using Mta.Config;
using Mta.Protocol.Sasl;

namespace Mta.Accounts;

/// <summary>The ways to sign in that an operator offers, a list of their registered names.</summary>
internal static class MechanismList
{
    public static SaslMechanisms From(ConfigSection section, string key) =>
        section.Strings(key).Aggregate(SaslMechanisms.None, (all, name) => all | Mechanism(section, key, name));

    private static SaslMechanisms Mechanism(ConfigSection section, string key, string name) => SaslNames.Find(Encoding.UTF8.GetBytes(name)) is not SaslMechanisms.None and var mechanism
        ? mechanism : throw section.Wrong(key, $"holds \"{name}\", which is none of {SaslNames.List(SaslMechanisms.All)}");
}
