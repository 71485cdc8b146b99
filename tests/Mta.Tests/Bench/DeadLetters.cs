using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace Mta.Tests.Bench;

/// <summary>Collects dead letters, unhandled messages and errors of an actor system: each is a defect.</summary>
internal sealed class DeadLetters
{
    private readonly ConcurrentQueue<string> _seen = new();

    public static DeadLetters Watch(ActorSystem system)
    {
        var letters = new DeadLetters();
        var listener = system.ActorOf(Props.Create(() => new Listener(letters)));
        system.EventStream.Subscribe(listener, typeof(DeadLetter));
        system.EventStream.Subscribe(listener, typeof(UnhandledMessage));
        system.EventStream.Subscribe(listener, typeof(Error));
        return letters;
    }

    public void AssertNone() => Assert.Empty(_seen);

    private sealed class Listener(DeadLetters letters) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            // the test kit's own probes may have gone
            if (message is DeadLetter dead && dead.Recipient.Path.ToString().Contains("/testActor", StringComparison.Ordinal)) return;
            letters._seen.Enqueue(message.ToString()!);
        }
    }
}
