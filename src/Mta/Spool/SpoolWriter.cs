using Akka.Actor;
using Microsoft.Extensions.Logging;
using Mta.Protocol.Smtp;

namespace Mta.Spool;

/// <summary>
/// The thread that appends: takes all that has arrived, writes it at once, makes it durable with one sync, and then tells everybody. The groups
/// are as large as what arrives while the disk is busy.
/// </summary>
internal sealed class SpoolWriter
{
    /// <summary>Octets in one commit, unless one record alone is longer, which no configuration allows: more would keep the first waiting.</summary>
    public const long MaxCommit = 16 << 20;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly SpoolSettings _settings;
    private readonly Inbox _inbox;
    private readonly SettlementNotes _notes;
    private readonly SegmentStore _segments;
    private readonly BodyStore _bodies;
    private readonly Partition[] _partitions;
    private readonly Reclaimer _reclaimer;
    private readonly SpoolCounters _counters;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Func<long> _freeBytes;

    private readonly List<Append> _pending = [];
    private readonly List<SettlementBlock> _blocks = [];
    private readonly List<ReadOnlyMemory<byte>> _buffers = [];
    private readonly List<Segment> _empty = [];
    private readonly List<Task> _replays = [];
    private readonly List<Command.Attach> _attaching = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IOException? _failure;
    private long _nextLsn, _lastTry, _lastSync;
    private Segment? _unsynced; // of relaxed durability
    private long? _lastLook;
    private long _droppedNotes;

    public SpoolWriter(
        SpoolSettings settings, Inbox inbox, SettlementNotes notes, SegmentStore segments, BodyStore bodies, Partition[] partitions, Reclaimer reclaimer,
        SpoolCounters counters, TimeProvider clock, ILogger log, Func<long> freeBytes, long nextLsn)
    {
        (_settings, _inbox, _notes, _segments, _bodies, _partitions) = (settings, inbox, notes, segments, bodies, partitions);
        (_reclaimer, _counters, _clock, _log, _freeBytes, _nextLsn) = (reclaimer, counters, clock, log, freeBytes, nextLsn);
    }

    /// <summary>Why nothing can be appended, or null. From any thread.</summary>
    public IOException? Failure => _failure;

    /// <summary>Completes when the thread has ended and nothing reads the segments any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>
    /// Begins the first segment, and then the thread. Where the disk is full, what is in the log can still be told and delivered.
    /// </summary>
    public void Start()
    {
        LookAtSpace();
        TryBegin(0);
        new Thread(Run) { IsBackground = true, Name = "spool" }.Start();
    }

    // An exception that is not the disk's is an error of ours, and ends the process: what was acknowledged is in the log.
    private void Run()
    {
        var (appends, commands) = (new List<Append>(), new List<Command>());
        while (_inbox.Take(ref appends, ref commands))
        {
            Commit(appends);
            if (_unsynced is not null && _clock.GetElapsedTime(_lastSync) >= _settings.RelaxedInterval) SyncAcknowledged();
            foreach (var command in commands) Do(command);
            appends.Clear();
            commands.Clear();
            LookAround();
        }
        Commit([]);
        SyncAcknowledged();
        foreach (var partition in _partitions) partition.Replay?.Cancel();
        Task.WhenAll(_replays).ContinueWith(_ => _ended.SetResult(), TaskScheduler.Default);
    }

    // --- appending -------------------------------------------------------------------------------------------------------------

    /// <summary>Appends the notes that have gathered up to now, and the records. False where something did not reach the disk.</summary>
    private bool Commit(List<Append> appends)
    {
        bool complete = _notes.IsEmpty || EnsureSegment(0);
        if (complete) _notes.TakeInto(_blocks);
        foreach (var block in _blocks) _pending.Add(Append.Outcome(block));
        _blocks.Clear();
        _pending.AddRange(appends);
        for (int next = 0, count; next < _pending.Count; next += count)
        {
            if (!EnsureSegment(_pending[next].Header.RecordLength))
            {
                count = _pending.Count - next;
                Refuse(next, count);
                complete = false;
                continue;
            }
            long end = Place(next, out count);
            complete &= TryWrite(end, next, count);
        }
        _pending.Clear();
        return complete;
    }

    private bool EnsureSegment(long recordLength)
    {
        if (_segments.Current is { } current && current.End + recordLength <= current.Length) return true;
        SyncAcknowledged();
        return (_failure is null || _clock.GetElapsedTime(_lastTry) >= RetryInterval) && TryBegin(recordLength);
    }

    private bool TryBegin(long recordLength)
    {
        _lastTry = _clock.GetTimestamp();
        try
        {
            _segments.Begin(_nextLsn, _bodies.Large.Floor, recordLength);
            if (_failure is not null) _log.LogInformation("the spool accepts mail again");
            _failure = null;
            LookAtSpace();
            return true;
        }
        catch (IOException e)
        {
            if (_failure is null) _log.LogError("no segment can be begun, mail is refused: {Error}", e.Message);
            _failure = e;
            return false;
        }
    }

    /// <summary>Gives as many records their places as fit; returns where the last one ends.</summary>
    private long Place(int next, out int count)
    {
        var segment = _segments.Current!;
        long at = segment.End;
        count = 0;
        while (next + count < _pending.Count)
        {
            var append = _pending[next + count];
            long end = at + append.Header.RecordLength;
            if (end > segment.Length || (count > 0 && end - segment.End > MaxCommit)) break;
            append.Place(_nextLsn, segment, at, _buffers);
            _nextLsn = append.Header.LastLsn + 1;
            at = end;
            count++;
        }
        return at;
    }

    private bool TryWrite(long end, int next, int count)
    {
        var segment = _segments.Current!;
        try
        {
            segment.File.Write(segment.End, _buffers);
            Sync(segment);
        }
        catch (IOException e)
        {
            _counters.SyncFailed();
            _log.LogError("segment {Number} cannot be written and is abandoned: {Error}", segment.Number, e.Message);
            _failure = e;
            // The bytes may have reached the disk. The next segment says that they do not count, and is durable before anybody is told; only
            // where it cannot be begun either, and the process ends before it can, might such a message come back.
            _segments.AbandonCurrent();
            TryBegin(0);
            Refuse(next, count, SpoolReplies.For(e));
            return false;
        }
        finally
        {
            _buffers.Clear();
        }
        _counters.Committed();
        Publish(segment, end, next, count);
        return true;
    }

    private void Sync(Segment segment)
    {
        if (_settings.Durability == Durability.Relaxed)
        {
            _unsynced = segment;
            return;
        }
        segment.File.Sync();
        _counters.Synced();
    }

    /// <summary>
    /// With relaxed durability: makes durable what was acknowledged already. False where that fails; nobody can be told any more.
    /// </summary>
    private bool SyncAcknowledged()
    {
        if (_unsynced is not { } segment) return true;
        _unsynced = null;
        _lastSync = _clock.GetTimestamp();
        try
        {
            segment.File.Sync();
            _counters.Synced();
            return true;
        }
        catch (IOException e)
        {
            _counters.SyncFailed();
            _log.LogError("segment {Number} cannot be made durable, what was acknowledged within {Interval} may be lost: {Error}", segment.Number, _settings.RelaxedInterval, e.Message);
            _failure = e;
            if (segment == _segments.Current) _segments.AbandonCurrent();
            return false;
        }
    }

    private void Publish(Segment segment, long end, int next, int count)
    {
        for (int i = next; i < next + count; i++) Cover(segment, _pending[i]);
        segment.End = end;
        bool keepMemory = !_bodies.Budget.IsExceeded;
        for (int i = next; i < next + count; i++)
        {
            Tell(_pending[i], keepMemory);
            _pending[i].Recycle();
        }
        _segments.PrepareNext();
    }

    private static void Cover(Segment segment, Append append)
    {
        var header = append.Header;
        if (append.Notes is not { } notes) segment.Covers(header.Queue, header.Lsn);
        else
        {
            var note = new SettlementReader(notes.Bytes.Span);
            for (long lsn = header.Lsn; note.Read(); lsn++) segment.Covers(note.Queue, lsn);
        }
    }

    private void Tell(Append append, bool keepMemory)
    {
        if (append.Notes is not null) return;
        var partition = _partitions[append.Header.Queue];
        var receiver = partition.Receiver;
        // with nobody there, the record waits in the log, and this handle is nobody's
        var live = receiver is null ? null : partition.Live.Add(append.Location);
        var memory = live is not null && keepMemory ? append.Body : null;
        var body = new StoredBody(_bodies, append.Location, live, memory);
        if (memory is null) append.Body?.Release();
        if (append.Envelope is not { } envelope)
        {
            body.DropMemory(); // it was moved because it waits long
            receiver?.Tell(new SpoolProtocol.Moved(append.Header.Lsn, new(append.Header.MessageId), body), ActorRefs.NoSender);
            return;
        }
        _counters.Stored(append.Header.BodyLength);
        var stored = new SpoolProtocol.Stored(append.Header.Lsn, envelope, body);
        receiver?.Tell(stored, ActorRefs.NoSender);
        append.Storer!.Tell(stored, ActorRefs.NoSender);
    }

    private void Refuse(int next, int count, SmtpReply? reply = null)
    {
        reply ??= _failure is { } failure ? SpoolReplies.For(failure) : SpoolReplies.Failed;
        for (int i = next + count - 1; i >= next; i--)
        {
            var append = _pending[i];
            append.Recycle();
            append.Body?.Release();
            if (append.Notes is { } notes) _notes.PutBack(notes);
            if (append.Large is { } large) _bodies.Large.Release(large.Number);
            if (append.Envelope is { } envelope) append.Storer!.Tell(new SpoolProtocol.NotStored(envelope.Id, reply), ActorRefs.NoSender);
        }
    }

    // --- partitions ------------------------------------------------------------------------------------------------------------

    private void Do(Command command)
    {
        switch (command)
        {
            case Command.Attach attach:
                _attaching.RemoveAll(a => a.Queue == attach.Queue);
                _attaching.Add(attach);
                AttachWaiting();
                break;
            case Command.Detach(var queue, var actor):
                _attaching.RemoveAll(a => a.Queue == queue && a.Actor.Equals(actor));
                var partition = _partitions[queue];
                if (actor.Equals(partition.Receiver)) partition.Receiver = null;
                if (actor.Equals(partition.Replay?.Actor)) EndReplay(partition);
                break;
            case Command.CaughtUp(var replay):
                FinishReplay(replay);
                break;
            case Command.Flush(var done):
                SyncAcknowledged();
                done.TrySetResult();
                break;
        }
    }

    /// <summary>
    /// What was settled must be in the log before it is read: a partition that begins again because the disk fails would deliver it twice. While the log
    /// cannot take it, who wants to attach waits.
    /// </summary>
    private void AttachWaiting()
    {
        if (_attaching.Count == 0 || !Commit([])) return;
        foreach (var (queue, actor, bodies, afterLsn) in _attaching) Attach(queue, actor, bodies, afterLsn);
        _attaching.Clear();
    }

    private void Attach(int queue, IActorRef actor, LiveBodies bodies, long afterLsn)
    {
        var partition = _partitions[queue];
        EndReplay(partition);
        partition.Receiver = null;
        partition.Attach(bodies, afterLsn);
        if (afterLsn >= _nextLsn)
        {
            // or what is stored from now on would count as known after the next start
            _log.LogError("the journal of partition {Queue} knows {Lsn}, the spool ends before: was the spool's folder lost?", queue, afterLsn);
            _nextLsn = afterLsn + 1;
        }
        var replay = partition.Replay = new(queue, actor, bodies, afterLsn, _segments, _bodies, _counters, _log);
        _replays.RemoveAll(task => task.IsCompleted);
        _replays.Add(Task.Run(() =>
        {
            replay.Follow();
            _inbox.TryAdd(new Command.CaughtUp(replay));
        }));
    }

    private static void EndReplay(Partition partition)
    {
        partition.Replay?.Cancel();
        partition.Replay = null;
    }

    private void FinishReplay(Replay replay)
    {
        var partition = _partitions[replay.Queue];
        if (partition.Replay != replay) return;
        replay.Advance();
        partition.Replay = null;
        partition.Receiver = replay.Actor;
        replay.Actor.Tell(new SpoolProtocol.Attached(_nextLsn - 1), ActorRefs.NoSender);
        partition.HasCaughtUp = true;
        if (Array.TrueForAll(_partitions, each => each.HasCaughtUp)) _bodies.Large.ReleaseUnclaimed();
    }

    // --- keeping house ---------------------------------------------------------------------------------------------------------

    private void LookAround()
    {
        if (_lastLook is { } last && _clock.GetElapsedTime(last) < RetryInterval) return;
        _lastLook = _clock.GetTimestamp();
        LookAtSpace();
        EnsureSegment(0);
        AttachWaiting();
        if (_notes.Dropped is var dropped && dropped > _droppedNotes)
        {
            _log.LogError("{Count} notes of settled recipients found no room while the disk failed", dropped - _droppedNotes);
            _droppedNotes = dropped;
        }
        Reclaim();
    }

    private void Reclaim()
    {
        int large = _bodies.Large.Released;
        _reclaimer.FindEmpty(_empty);
        // A body is released after its recipients were settled: that must be durable before the body goes, or the next start would try to
        // deliver a message whose body is gone.
        if ((large > 0 || _empty.Count > 0) && Commit([]) && SyncAcknowledged())
        {
            _bodies.Large.DeleteReleased(large);
            foreach (var segment in _empty)
                if (segment != _segments.Current) _reclaimer.Remove(segment);
        }
        _empty.Clear();
    }

    private void LookAtSpace()
    {
        try
        {
            _counters.Free = _freeBytes();
        }
        catch (IOException e)
        {
            if (_counters.Free != 0) _log.LogError("the file system cannot be asked for its free space: {Error}", e.Message);
            _counters.Free = 0;
        }
    }
}
