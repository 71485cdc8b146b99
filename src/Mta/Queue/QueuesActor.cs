using Akka.Actor;

namespace Mta.Queue;

/// <summary>
/// The partitions of this node. One that stops (its journal failed) is started again after a while that doubles; its mail stays safe in
/// the spool until then.
/// </summary>
public sealed class QueuesActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan MinBackOff = TimeSpan.FromSeconds(1), MaxBackOff = TimeSpan.FromMinutes(1);
    private readonly QueueContext _context;
    private readonly IActorRef[] _partitions;
    private readonly TimeSpan[] _backOff;
    private readonly HashSet<int> _ready = [];
    private readonly TaskCompletionSource _allReady;
    private bool _stopping;

    /// <param name="allReady">Completed once every partition has recovered.</param>
    public QueuesActor(QueueContext context, TaskCompletionSource allReady)
    {
        _context = context;
        _allReady = allReady;
        int count = context.Settings.Value.Partitions;
        _partitions = new IActorRef[count];
        _backOff = new TimeSpan[count];
        for (int i = 0; i < count; i++) Start(i);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(QueueContext context, TaskCompletionSource allReady) => Akka.Actor.Props.Create(() => new QueuesActor(context, allReady));

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case QueueProtocol.Ready ready:
                _backOff[ready.Partition] = TimeSpan.Zero;
                _ready.Add(ready.Partition);
                if (_ready.Count == _partitions.Length) _allReady.TrySetResult();
                break;
            case QueueProtocol.Resumed:
                foreach (var partition in _partitions) partition.Tell(message);
                break;
            case QueueProtocol.GetPartitions:
                Sender.Tell(new QueueProtocol.Partitions([.. _partitions.Where((_, i) => _ready.Contains(i))], _partitions.Length));
                break;
            case Terminated stopped when Array.IndexOf(_partitions, stopped.ActorRef) is >= 0 and var partition:
                OnStopped(partition);
                break;
            case Restart restart when !_stopping:
                Start(restart.Partition);
                break;
            case Restart:
                break;
            case QueueProtocol.Stop:
                _stopping = true;
                foreach (var partition in _partitions) partition.Tell(message);
                StopWhenEmpty();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Start(int partition)
    {
        _partitions[partition] = Context.ActorOf(QueueActor.Props(partition, _context));
        Context.Watch(_partitions[partition]);
    }

    private void OnStopped(int partition)
    {
        _ready.Remove(partition);
        if (_stopping)
        {
            StopWhenEmpty();
            return;
        }
        var wait = _backOff[partition];
        wait = wait == TimeSpan.Zero ? MinBackOff : wait * 2 < MaxBackOff ? wait * 2 : MaxBackOff;
        _backOff[partition] = wait;
        QueueLog.PartitionStopped(_context.Logger, partition, wait);
        Timers.StartSingleTimer(partition, new Restart(partition), wait);
    }

    private void StopWhenEmpty()
    {
        if (!Context.GetChildren().Any(c => !c.Equals(ActorRefs.Nobody))) Context.Stop(Self);
    }

    private sealed record Restart(int Partition);
}
