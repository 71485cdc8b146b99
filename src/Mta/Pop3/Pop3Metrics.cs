using System.Diagnostics.Metrics;

namespace Mta.Pop3;

/// <summary>What is measured of POP3.</summary>
internal static class Pop3Metrics
{
    private static readonly Meter Meter = new("Mta");

    public static readonly UpDownCounter<int> Connections =
        Meter.CreateUpDownCounter<int>("mta.pop3.connections", "{connection}", "Open connections of POP3 clients.");

    public static readonly Counter<long> ConnectionsRefused =
        Meter.CreateCounter<long>("mta.pop3.connections.refused", "{connection}", "Connections of POP3 clients turned away at a limit.");

    public static readonly Counter<long> MessagesRetrieved =
        Meter.CreateCounter<long>("mta.pop3.messages.retrieved", "{message}", "Messages that were fetched whole.");

    public static readonly Counter<long> BytesRetrieved =
        Meter.CreateCounter<long>("mta.pop3.bytes.retrieved", "By", "Octets of these messages.");

    public static readonly Counter<long> MessagesDeleted =
        Meter.CreateCounter<long>("mta.pop3.messages.deleted", "{message}", "Messages that were removed at the end of a session.");
}
