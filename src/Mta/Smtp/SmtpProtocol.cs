using System.Net;
using Akka.Event;

namespace Mta.Smtp;

/// <summary>What others tell the receiving side.</summary>
public static class SmtpProtocol
{
    /// <summary>
    /// To a listener: take no more connections, let idle ones go (421 4.3.2), give those in a transaction until <paramref name="Grace"/> is over.
    /// The listener stops when the last is gone.
    /// </summary>
    public sealed record Drain(TimeSpan Grace) : IDeadLetterSuppression;

    /// <summary>To a connection: its listener is under stress, and what it waits for must come sooner.</summary>
    internal sealed record Hurry : IDeadLetterSuppression
    {
        public static Hurry Instance { get; } = new();
    }

    /// <summary>To a listener: these settings hold for connections that come from now on.</summary>
    public sealed record Configure(SmtpListenerSettings Settings);

    /// <summary>Asks a listener for a <see cref="ListenerStatus"/>.</summary>
    public sealed record Describe
    {
        public static Describe Instance { get; } = new();
    }

    /// <summary>A listener and its connections now.</summary>
    public sealed record ListenerStatus(IPEndPoint Local, int Connections, bool IsPaused, bool IsStressed);
}
