using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Mail;

namespace Mta.Spool;

/// <summary>
/// The spool in files of one folder: a log of segments, and large bodies in files of their own. One process at a time has it.
/// </summary>
public sealed class FileSpool : ISpool
{
    private readonly ISpoolDisk _disk;
    private readonly SpoolSettings _settings;
    private readonly SegmentStore _segments;
    private readonly BodyStore _bodies;
    private readonly Partition[] _partitions;
    private readonly SpoolCounters _counters = new();
    private readonly SettlementNotes _notes;
    private readonly Inbox _inbox;
    private readonly SpoolWriter _writer;
    private readonly Stager _stager;
    private readonly ITimer _timer;
    private int _disposed;

    internal FileSpool(ISpoolDisk disk, int queues, SpoolSettings settings, TimeProvider clock, ILogger log)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queues, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queues, ushort.MaxValue);
        (_disk, _settings) = (disk, settings);
        if (settings.Durability == Durability.Relaxed)
            log.LogWarning("durability is relaxed: when the power fails, the mail of the last {Interval} is lost although it was accepted", settings.RelaxedInterval);
        _segments = new(disk, settings, queues, log);
        try
        {
            _segments.Load(_counters);
            var recovery = new Recovery(_segments, _counters, log);
            recovery.Run();
            var large = new LargeBodies(disk, log);
            large.Recover(recovery.LargeFloor);
            _bodies = new(settings, _segments, large, _counters);
            _partitions = [.. Enumerable.Range(0, queues).Select(_ => new Partition())];
            _notes = new(settings.MaxSettlements);
            _inbox = new(settings.MaxPending, settings.Gather);
            var reclaimer = new Reclaimer(_segments, _partitions, settings, clock);
            _writer = new(
                settings, _inbox, _notes, _segments, _bodies, _partitions, reclaimer, _counters, clock, log, disk.FreeBytes, recovery.NextLsn);
            _writer.Start();
        }
        catch
        {
            _segments.Dispose();
            throw;
        }
        _stager = new(_inbox, _bodies, _counters, log);
        var interval = settings.Durability == Durability.Relaxed && settings.RelaxedInterval < settings.SettleInterval ? settings.RelaxedInterval : settings.SettleInterval;
        _timer = clock.CreateTimer(_ => _inbox.Ring(), null, interval, interval);
    }

    /// <summary>
    /// Opens the spool in a folder, which is made where it is missing, and reads through what it holds. Throws <see cref="IOException"/> where
    /// the folder cannot be used or another process has it, <see cref="SpoolMismatchException"/> where it was made for another number of
    /// partitions.
    /// </summary>
    /// <param name="queues">The number of partitions, 1 to 65535.</param>
    public static FileSpool Open(string folder, int queues, SpoolSettings settings, TimeProvider clock, ILogger log)
    {
        var disk = new LocalDisk(folder);
        try
        {
            return new(disk, queues, settings, clock, log);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SpoolStatus Status
    {
        get
        {
            var (failure, free) = (_writer.Failure, _counters.Free);
            var (health, reason) = failure is not null ? (SpoolHealth.Failed, failure.Message)
                : free < _settings.MinFree ? (SpoolHealth.LowSpace, $"{free} octets are free, {_settings.MinFree} must be")
                : (SpoolHealth.Ok, "");
            long live = 0;
            foreach (var partition in _partitions) live += partition.Live.Total;
            return new(
                health, reason, _settings.Durability, _segments.Ordered.Count, _segments.BytesOnDisk + _bodies.Large.Bytes, free, live,
                _counters.Messages, _counters.Bytes, _counters.Commits, _counters.Syncs, _counters.SyncFailures, _counters.CorruptRecords,
                _bodies.Budget.Used);
        }
    }

    /// <inheritdoc/>
    public MessageWriter BeginMessage() => new(_bodies, _inbox);

    /// <inheritdoc/>
    public void Store(int queue, Envelope envelope, MessageWriter message, IActorRef storer)
    {
        using (message)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)queue, (uint)_partitions.Length, nameof(queue));
            if (message.TakeMemory() is { } body)
            {
                var append = Append.Message(queue, envelope, storer, body, null);
                if (_inbox.TryAdd(append)) return;
                append.Recycle();
                body.Release();
                storer.Tell(new SpoolProtocol.NotStored(envelope.Id, SpoolReplies.Busy), ActorRefs.NoSender);
            }
            else if (message.TakeFile() is { } large) _stager.StoreLarge(Append.Message(queue, envelope, storer, null, large));
            else storer.Tell(new SpoolProtocol.NotStored(envelope.Id, SpoolReplies.For(message.Error!)), ActorRefs.NoSender);
        }
    }

    /// <inheritdoc/>
    public void Settle(int queue, MessageId id, ReadOnlySpan<int> recipients, Settlement settlement)
    {
        _notes.Add(queue, id, recipients, settlement);
        if (_notes.IsPressing && _writer.Failure is null) _inbox.Ring();
    }

    /// <inheritdoc/>
    public void Attach(int queue, IActorRef actor, long afterLsn) =>
        _inbox.TryAdd(new Command.Attach(queue, actor, _partitions[queue].BeginAttach(), afterLsn));

    /// <inheritdoc/>
    public void Detach(int queue, IActorRef actor)
    {
        _partitions[queue].ForgetRestored();
        _inbox.TryAdd(new Command.Detach(queue, actor));
    }

    /// <inheritdoc/>
    public StoredBody Restore(int queue, BodyLocation location)
    {
        if (location.Offset < 0) _bodies.Large.Claim(location.Segment);
        return new(_bodies, location, _partitions[queue].Restore(location), null);
    }

    /// <inheritdoc/>
    public StoredBody Handle(int queue, BodyLocation location) => new(_bodies, location, _partitions[queue].Find(location), null);

    /// <inheritdoc/>
    public void Checkpoint(int queue, long lsn) => _partitions[queue].AdvanceCheckpoint(lsn);

    /// <inheritdoc/>
    public void Move(int queue, MessageId id, StoredBody body) => _stager.Move(queue, id, body);

    /// <inheritdoc/>
    public Task FlushAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _stager.Flush(done);
        return done.Task;
    }

    /// <summary>Makes durable what was appended and settled, and closes the spool. Open leases stay readable.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _timer.DisposeAsync();
        await _stager.StopAsync();
        _inbox.Close();
        await _writer.Ended;
        _segments.Dispose();
        _disk.Dispose();
    }
}
