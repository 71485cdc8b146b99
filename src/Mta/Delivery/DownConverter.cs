using System.Buffers;
using Akka.Actor;
using Akka.Event;
using Mta.Protocol.Smtp;
using Mta.Spool;

namespace Mta.Delivery;

/// <summary>Runs a <see cref="SevenBitRewriter"/> on the thread pool, for a server that does not take a message as it is.</summary>
internal static class DownConverter
{
    /// <summary>Starts it; <paramref name="owner"/> is told <see cref="Converted"/>, and owns the lease again then.</summary>
    public static void Convert(BodyLease lease, ConvertSettings settings, IActorRef owner) =>
        Task.Run(() => Rewrite(lease, settings)).PipeTo(owner,
            failure: e => new Converted(lease, default, new(451, new(4, 3, 0), $"the message could not be converted: {e.GetBaseException().Message}")));

    private static Converted Rewrite(BodyLease lease, ConvertSettings settings)
    {
        if (lease.Length > settings.MaxSize)
            return new(lease, default, new(554, new(5, 6, 3), "the server takes no 8-bit text, and the message is too large to convert"));
        byte[]? rented = null;
        try
        {
            if (!lease.TryGetMemory(out var message))
            {
                rented = ArrayPool<byte>.Shared.Rent((int)lease.Length);
                int length = 0;
                while (lease.Read(length, rented.AsSpan(length, (int)lease.Length - length)) is > 0 and var count) length += count;
                message = rented.AsMemory(0, length);
            }
            var output = new ArrayBufferWriter<byte>(message.Length + message.Length / 2 + 1024);
            var refusal = new SevenBitRewriter(settings, output).Rewrite(message.Span);
            return new(lease, output.WrittenMemory, refusal);
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <param name="Refusal">Why it cannot be rewritten, or null.</param>
    internal sealed record Converted(BodyLease Lease, ReadOnlyMemory<byte> Body, SmtpReply? Refusal) : IDeadLetterSuppression;
}
