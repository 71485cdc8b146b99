using System.Collections.Concurrent;
using Akka.Actor;

namespace Mta.Tests.Spool;

/// <summary>Keeps what it is told, on the thread that tells it: the order is the spool's, and the moment is known.</summary>
internal sealed class Recorder(Action<object>? onMessage = null) : MinimalActorRef
{
    private static int _count;
    private TaskCompletionSource _changed = NewSignal();

    public ConcurrentQueue<object> Messages { get; } = new();

    // references are equal when their paths are
    public override ActorPath Path { get; } = new RootActorPath(new("akka", "test")) / $"recorder-{Interlocked.Increment(ref _count)}";

    public override IActorRefProvider Provider => throw new NotSupportedException();

    public IEnumerable<T> Of<T>() => Messages.OfType<T>();

    /// <summary>Waits until it was told something.</summary>
    public async Task<T> Expect<T>(Func<T, bool>? condition = null)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (Of<T>().FirstOrDefault(message => condition?.Invoke(message) ?? true) is { } found) return found;
            await changed.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected override void TellInternal(object message, IActorRef sender)
    {
        Messages.Enqueue(message);
        onMessage?.Invoke(message);
        Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
    }
}
