using Mta.Mail;
using Mta.Protocol.Smtp;

namespace Mta.Spool;

/// <summary>
/// What the spool tells: the storer of a message (<see cref="Stored"/> or <see cref="NotStored"/>), and the partition that is
/// attached, in the order of the log's sequence numbers, each exactly once.
/// </summary>
public static class SpoolProtocol
{
    /// <summary>A record of the log, at <see cref="Lsn"/>. Sequence numbers rise, over all partitions together; they have gaps for each.</summary>
    public interface IRecord
    {
        long Lsn { get; }
    }

    /// <summary>
    /// The message is on stable storage. Told first to the partition (which thereby owns <paramref name="Body"/> and must release
    /// it in the end), then to the storer.
    /// </summary>
    public sealed record Stored(long Lsn, Envelope Envelope, StoredBody Body) : IRecord;

    /// <summary>Replayed after a restart only: these recipients of a message were settled.</summary>
    public sealed record Settled(long Lsn, MessageId Id, int[] Recipients, Settlement As) : IRecord;

    /// <summary>
    /// A body was copied out of a segment that is being emptied. The partition puts <paramref name="Body"/> in the place of the old
    /// one and releases the old; for a message it does not know (any more) it releases the new one.
    /// </summary>
    public sealed record Moved(long Lsn, MessageId Id, StoredBody Body) : IRecord;

    /// <summary>Ends the replay: every record up to <paramref name="Lsn"/> has been told; from here on they come as they are stored.</summary>
    public sealed record Attached(long Lsn);

    /// <summary>Asks a partition to call <see cref="ISpool.Move"/> for each of its bodies that lie in this segment.</summary>
    public sealed record Evacuate(long Segment);

    /// <summary>The message is not stored; answer <paramref name="Reply"/> (always 4yz).</summary>
    public sealed record NotStored(MessageId Id, SmtpReply Reply);
}

/// <summary>How a recipient ended.</summary>
public enum Settlement : byte { Delivered = 1, Failed = 2, Dropped = 3, Expired = 4 }
