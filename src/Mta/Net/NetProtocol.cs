using System.Net.Sockets;
using Akka.Event;

namespace Mta.Net;

/// <summary>
/// What a <see cref="Connection"/> or <see cref="Listener"/> tells the actor that owns it. A late one, to an actor that has closed, is no dead letter.
/// </summary>
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

    /// <summary>A connection came in; the socket is the owner's now.</summary>
    public sealed record Accepted(Socket Socket) : IDeadLetterSuppression;

    /// <summary>No connection could be taken (no file descriptors, or the listener was closed).</summary>
    public sealed record AcceptFailed(string Reason) : IDeadLetterSuppression;
}
