using System.Diagnostics.Metrics;
using Mta.Protocol.Smtp;

namespace Mta.Smtp;

/// <summary>What is measured on the receiving side.</summary>
internal static class SmtpMetrics
{
    private static readonly Meter Meter = new("Mta");

    public static readonly UpDownCounter<int> Connections =
        Meter.CreateUpDownCounter<int>("mta.smtp.connections", "{connection}", "Open connections from clients.");

    public static readonly Counter<long> ConnectionsRefused =
        Meter.CreateCounter<long>("mta.smtp.connections.refused", "{connection}", "Connections turned away at a limit.");

    public static readonly Counter<long> MessagesAccepted =
        Meter.CreateCounter<long>("mta.smtp.messages.accepted", "{message}", "Messages answered for with 250.");

    public static readonly Counter<long> BytesAccepted =
        Meter.CreateCounter<long>("mta.smtp.bytes.accepted", "By", "Octets of the accepted messages.");

    public static readonly Counter<long> RecipientsAccepted =
        Meter.CreateCounter<long>("mta.smtp.recipients.accepted", "{recipient}", "Recipients of the accepted messages.");

    public static readonly Histogram<double> StoreTime =
        Meter.CreateHistogram<double>("mta.smtp.store.time", "s", "From the end of a message to its being on stable storage.", null,
            // without these a histogram begins at 5 s
            new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });

    private static readonly Counter<long> MessagesRefused =
        Meter.CreateCounter<long>("mta.smtp.messages.refused", "{message}", "Messages refused, by reply code.");

    private static readonly Counter<long> RecipientsRefused =
        Meter.CreateCounter<long>("mta.smtp.recipients.refused", "{recipient}", "Recipients refused, by reply code.");

    public static void MessageRefused(SmtpReply reply) => MessagesRefused.Add(1, new KeyValuePair<string, object?>("code", reply.Code));

    public static void RecipientRefused(SmtpReply reply) => RecipientsRefused.Add(1, new KeyValuePair<string, object?>("code", reply.Code));
}
