using System.Net;
using Akka.Event;

namespace Mta.Net;

/// <summary>What a <see cref="ListenerActor"/> is told, and what it tells its connections, whatever they speak.</summary>
public static class ListenerProtocol
{
    /// <summary>
    /// To a listener, which passes it on to its connections: take no more, let idle ones go, give those that are busy until <paramref name="Grace"/> is over.
    /// The listener stops when the last is gone.
    /// </summary>
    public sealed record Drain(TimeSpan Grace) : IDeadLetterSuppression;

    /// <summary>To a connection: its listener is under stress, and what it waits for must come sooner.</summary>
    internal sealed record Hurry : IDeadLetterSuppression
    {
        public static Hurry Instance { get; } = new();
    }

    /// <summary>To a listener: these limits hold for connections that come from now on.</summary>
    public sealed record Configure(ListenerLimits Limits);

    /// <summary>Asks a listener for a <see cref="ListenerStatus"/>.</summary>
    public sealed record Describe
    {
        public static Describe Instance { get; } = new();
    }

    /// <summary>A listener and its connections now.</summary>
    public sealed record ListenerStatus(IPEndPoint Local, int Connections, bool IsPaused, bool IsStressed);
}
