using Akka.Event;

namespace Mta.Net;

/// <summary>What a <see cref="Connection"/> tells the actor that owns it. A late one, to an actor that has closed, is no dead letter.</summary>
public static class NetProtocol
{
    /// <summary>A read ended: <paramref name="Count"/> octets are in the buffer; 0 means the peer closed its side.</summary>
    public sealed record Received(int Count) : IDeadLetterSuppression;

    /// <summary>A write that could not complete at once has completed.</summary>
    public sealed record Sent : IDeadLetterSuppression
    {
        public static Sent Instance { get; } = new();
    }

    /// <summary>The TLS handshake succeeded.</summary>
    public sealed record TlsEstablished : IDeadLetterSuppression
    {
        public static TlsEstablished Instance { get; } = new();
    }

    /// <summary>Connection, handshake, read or write failed; nothing more will come.</summary>
    public sealed record Broken(string Reason) : IDeadLetterSuppression;
}
