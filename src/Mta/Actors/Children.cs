using System.Collections.Immutable;
using Akka.Actor;

namespace Mta.Actors;

/// <summary>
/// The children of an actor by key, created when something is sent to them. One that wants to leave is asked to stop; what comes for it
/// meanwhile waits until it has stopped or has changed its mind, so that no message meets a dead actor.
/// </summary>
internal sealed class Children<TKey>(IActorContext context, Func<TKey, Props> props) where TKey : notnull
{
    private readonly Dictionary<TKey, Child> _byKey = [];
    private readonly Dictionary<IActorRef, Child> _byRef = [];

    public int Count => _byKey.Count;

    public IReadOnlyCollection<IActorRef> Refs => _byRef.Keys;

    public ImmutableArray<TKey> Keys => [.. _byKey.Keys];

    public bool Contains(TKey key) => _byKey.ContainsKey(key);

    /// <summary>Hands a message on, with its sender.</summary>
    public void Forward(TKey key, object message, IActorRef sender)
    {
        if (!_byKey.TryGetValue(key, out var child)) child = Create(key);
        if (child.Waiting is { } waiting) waiting.Add((message, sender));
        else child.Ref.Tell(message, sender);
    }

    /// <summary>Takes the messages of <see cref="PassivationProtocol"/> and <see cref="Terminated"/>; false for anything else.</summary>
    public bool Handle(object message, IActorRef sender)
    {
        switch (message)
        {
            case PassivationProtocol.Passivate when _byRef.TryGetValue(sender, out var child):
                if (child.Waiting is not null) return true;
                child.Waiting = [];
                sender.Tell(PassivationProtocol.StopIfUnused.Instance);
                return true;
            case PassivationProtocol.StillUsed when _byRef.TryGetValue(sender, out var child):
                Release(child, child);
                return true;
            case Terminated { ActorRef: var stopped } when _byRef.Remove(stopped, out var child):
                _byKey.Remove(child.Key);
                if (child.Waiting is { Count: > 0 }) Release(child, Create(child.Key));
                return true;
            default:
                return message is PassivationProtocol.Passivate or PassivationProtocol.StillUsed or Terminated;
        }
    }

    /// <summary>Stops all behind what was sent to them; returns what they have not been sent and now will not be.</summary>
    public List<object> StopAll()
    {
        var unsent = new List<object>();
        foreach (var child in _byRef.Values)
        {
            unsent.AddRange(child.Waiting?.Select(w => w.Message) ?? []);
            child.Waiting?.Clear();
            child.Ref.Tell(PoisonPill.Instance);
        }
        return unsent;
    }

    private static void Release(Child from, Child to)
    {
        var waiting = from.Waiting ?? [];
        from.Waiting = null;
        foreach (var (message, sender) in waiting) to.Ref.Tell(message, sender);
    }

    private Child Create(TKey key)
    {
        var child = new Child(key, context.Watch(context.ActorOf(props(key))));
        _byKey[key] = child;
        return _byRef[child.Ref] = child;
    }

    private sealed class Child(TKey key, IActorRef actor)
    {
        public TKey Key { get; } = key;
        public IActorRef Ref { get; } = actor;

        /// <summary>Messages for a child that was asked to stop; null for one that was not.</summary>
        public List<(object Message, IActorRef Sender)>? Waiting { get; set; }
    }
}
