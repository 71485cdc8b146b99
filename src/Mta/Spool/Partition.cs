using Akka.Actor;

namespace Mta.Spool;

/// <summary>What the spool knows of a queue partition. The writer's thread owns it, except where said otherwise.</summary>
internal sealed class Partition
{
    private readonly Lock _gate = new();
    private LiveBodies _live = new(), _restored = new();
    private LiveBodies? _attaching;
    private long _checkpoint;

    /// <summary>Who is told each new record; null while nobody is, or while a replay still runs.</summary>
    public IActorRef? Receiver { get; set; }

    public Replay? Replay { get; set; }

    /// <summary>It has been told everything once since the start.</summary>
    public bool HasCaughtUp { get; set; }

    public bool HasAttached { get; private set; }

    /// <summary>The bodies that the present incarnation holds. From any thread.</summary>
    public LiveBodies Live => Volatile.Read(ref _live);

    /// <summary>What the journal holds up to. From any thread.</summary>
    public long Checkpoint => Volatile.Read(ref _checkpoint);

    /// <summary>Counts a body that the next incarnation knows from its journal. From any thread.</summary>
    public LiveBodies.LiveCount Restore(BodyLocation location)
    {
        lock (_gate) return _restored.Add(location);
    }

    /// <summary>Where the incarnation that has begun last counts a body that it holds. From any thread.</summary>
    public LiveBodies.LiveCount Find(BodyLocation location)
    {
        lock (_gate) return (_attaching ?? _live).Find(location);
    }

    /// <summary>An incarnation has restored what it knows: these are its bodies. From any thread.</summary>
    public LiveBodies BeginAttach()
    {
        lock (_gate)
        {
            (_attaching, _restored) = (_restored, new());
            return _attaching;
        }
    }

    /// <summary>Its predecessor's bodies count no longer.</summary>
    public void Attach(LiveBodies bodies, long afterLsn)
    {
        lock (_gate)
        {
            _live.Discard();
            Volatile.Write(ref _live, bodies);
            if (_attaching == bodies) _attaching = null;
        }
        HasAttached = true;
        AdvanceCheckpoint(afterLsn);
    }

    /// <summary>An incarnation ended: what it restored without attaching, the next one will restore again. From any thread.</summary>
    public void ForgetRestored()
    {
        lock (_gate)
        {
            _restored.Discard();
            _restored = new();
        }
    }

    /// <summary>From any thread.</summary>
    public void AdvanceCheckpoint(long lsn)
    {
        long seen = Checkpoint;
        while (lsn > seen)
        {
            long before = Interlocked.CompareExchange(ref _checkpoint, lsn, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    /// <summary>The bodies in a segment, of this incarnation and of one that is just beginning.</summary>
    public (long Bodies, long Bytes) In(long segment)
    {
        lock (_gate)
        {
            var (live, restored, attaching) = (_live.In(segment), _restored.In(segment), _attaching?.In(segment) ?? default);
            return (live.Bodies + restored.Bodies + attaching.Bodies, live.Bytes + restored.Bytes + attaching.Bytes);
        }
    }

    public void Forget(long segment)
    {
        lock (_gate) _live.Forget(segment);
    }
}
