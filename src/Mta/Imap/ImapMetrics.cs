using System.Diagnostics.Metrics;

namespace Mta.Imap;

internal static class ImapMetrics
{
    private static readonly Meter Meter = new("Mta");

    public static readonly UpDownCounter<int> Connections = Meter.CreateUpDownCounter<int>("mta.imap.connections", "{connection}", "Open connections of IMAP clients.");

    public static readonly Counter<long> ConnectionsRefused =
        Meter.CreateCounter<long>("mta.imap.connections.refused", "{connection}", "Connections of IMAP clients turned away at a limit.");
}
