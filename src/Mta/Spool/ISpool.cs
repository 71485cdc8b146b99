using Akka.Actor;
using Mta.Mail;

namespace Mta.Spool;

/// <summary>
/// The write-ahead log of accepted messages: what it has said is stored survives a crash and power loss. All methods are safe from
/// any thread and return without waiting for the disk.
/// </summary>
public interface ISpool : IAsyncDisposable
{
    /// <summary>Whether a new message could be stored now; asked before the client sends it (452 before DATA, not after).</summary>
    SpoolStatus Status { get; }

    /// <summary>A place to write a message to; the caller either stores or disposes it.</summary>
    MessageWriter BeginMessage();

    /// <summary>
    /// Appends a message for partition <paramref name="queue"/>. Once it is on stable storage, <see cref="SpoolProtocol.Stored"/> goes to the
    /// partition's actor and to <paramref name="storer"/>; if that fails, <see cref="SpoolProtocol.NotStored"/> goes to the storer alone,
    /// and the message will not reappear after a restart. Takes over <paramref name="message"/>, whatever happens.
    /// </summary>
    void Store(int queue, Envelope envelope, MessageWriter message, IActorRef storer);

    /// <summary>
    /// Notes that recipients (indices into the envelope) are done with. Does not wait and tells nobody: the note is durable with the next
    /// commit, at the latest after the configured interval. Losing it in a crash costs a duplicate, never a loss.
    /// </summary>
    void Settle(int queue, MessageId id, ReadOnlySpan<int> recipients, Settlement settlement);

    /// <summary>
    /// Makes <paramref name="actor"/> the partition's receiver: it is told the partition's records after <paramref name="afterLsn"/>, then
    /// <see cref="SpoolProtocol.Attached"/>, then each new record. Replaces an earlier receiver.
    /// </summary>
    void Attach(int queue, IActorRef actor, long afterLsn);

    /// <summary>The partition's actor has stopped: keep its records for the next <see cref="Attach"/>, tell nobody.</summary>
    void Detach(int queue, IActorRef actor);

    /// <summary>The handle of a body that a partition knows from its journal; counts it as live. Called between start and <see cref="Attach"/>.</summary>
    StoredBody Restore(int queue, BodyLocation location);

    /// <summary>
    /// Another handle of a body that the partition owns and that counts as live, by <see cref="Restore"/> or because it was told of it: what
    /// waits long need not keep the first one. The last handle that is released is the body's end, so only one is.
    /// </summary>
    StoredBody Handle(int queue, BodyLocation location);

    /// <summary>
    /// The partition's journal holds everything up to <paramref name="lsn"/>: a replay will not ask for it again. Segments that lie before
    /// every partition's checkpoint and hold no live body are reclaimed.
    /// </summary>
    void Checkpoint(int queue, long lsn);

    /// <summary>Copies a live body to the log's end, in answer to <see cref="SpoolProtocol.Evacuate"/>; <see cref="SpoolProtocol.Moved"/> follows.</summary>
    void Move(int queue, MessageId id, StoredBody body);

    /// <summary>Makes all that was appended so far durable; completes when it is, also if it failed. For an orderly stop and for tests.</summary>
    Task FlushAsync();
}

/// <summary>Where a body lies. Stored in the queue's journal: extend only.</summary>
/// <param name="Segment">Number of the segment file, or of the file of its own where <paramref name="Offset"/> is -1.</param>
public readonly record struct BodyLocation(long Segment, long Offset, long Length);

/// <summary>What the spool is up to; counters since the start.</summary>
public sealed record SpoolStatus(
    SpoolHealth Health, string Reason, Durability Durability, long Segments, long BytesOnDisk, long BytesFree, long LiveBodies,
    long MessagesStored, long BytesStored, long Commits, long Syncs, long SyncFailures, long CorruptRecords, long BytesInMemory);

/// <summary>Only in <see cref="Ok"/> are messages accepted; the others answer 452 4.3.1 and 451 4.3.0.</summary>
public enum SpoolHealth : byte { Ok, LowSpace, Failed }
