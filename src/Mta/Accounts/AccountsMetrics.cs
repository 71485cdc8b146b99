using System.Diagnostics.Metrics;

namespace Mta.Accounts;

/// <summary>What is measured of the accounts.</summary>
internal static class AccountsMetrics
{
    private static readonly Meter Meter = new("Mta");

    private static readonly Counter<long> SignIns =
        Meter.CreateCounter<long>("mta.accounts.sign.ins", "{sign-in}", "Sign-ins judged, by result: accepted, refused, locked or busy.");

    public static void Judged(SignIn result) => SignIns.Add(1, new KeyValuePair<string, object?>("result", Name(result)));

    public static string Name(SignIn result) => result switch
    {
        SignIn.Accepted => "accepted",
        SignIn.Refused => "refused",
        SignIn.Locked => "locked",
        _ => "busy",
    };
}
