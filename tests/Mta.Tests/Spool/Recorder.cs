using System.Collections.Concurrent;
using Akka.Actor;

namespace Mta.Tests.Spool;

/// <summary>Keeps what it is told, on the thread that tells it: the order is the spool's, and the moment is known.</summary>
internal sealed class Recorder(Action<object>? onMessage = null) : MinimalActorRef
{
    private static int _count;

    public ConcurrentQueue<object> Messages { get; } = new();

    // references are equal when their paths are
    public override ActorPath Path { get; } = new RootActorPath(new("akka", "test")) / $"recorder-{Interlocked.Increment(ref _count)}";

    public override IActorRefProvider Provider => throw new NotSupportedException();

    public IEnumerable<T> Of<T>() => Messages.OfType<T>();

    /// <summary>Waits until it was told something, without polling by the clock.</summary>
    public async Task<T> Expect<T>(Func<T, bool>? condition = null)
    {
        while (true)
        {
            if (Of<T>().FirstOrDefault(message => condition?.Invoke(message) ?? true) is { } found) return found;
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        Messages.Enqueue(message);
        onMessage?.Invoke(message);
    }
}
