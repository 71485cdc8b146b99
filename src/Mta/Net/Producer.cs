using Akka.Actor;

namespace Mta.Net;

/// <summary>Makes an actor by calling its constructor: Props of an expression would compile it anew for each connection.</summary>
internal sealed class Producer<T>(Func<T> create) : IIndirectActorProducer where T : ActorBase
{
    public Type ActorType => typeof(T);

    public ActorBase Produce() => create();

    public void Release(ActorBase actor)
    {
    }
}
