using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Mta.Net;

/// <summary>A bound socket that takes connections one after the other, each asked for with <see cref="Accept"/>.</summary>
public sealed class Listener : IDisposable
{
    private readonly Socket _socket;

    private Listener(Socket socket)
    {
        _socket = socket;
        Local = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Where it listens, with the port that the system chose if 0 was asked for.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Binds; throws <see cref="SocketException"/> where that is not possible. The IPv6 wildcard takes IPv4 too.</summary>
    /// <param name="backlog">Connections that the system completes and keeps while we have not accepted them.</param>
    public static Listener Bind(IPEndPoint local, int backlog)
    {
        var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (local.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            // a restart must not wait for the connections of the last run to time out
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(local);
            socket.Listen(backlog);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>From now on the system keeps so many connections while we have not accepted them.</summary>
    public void Listen(int backlog) => _socket.Listen(backlog);

    /// <summary>Waits for one connection; <paramref name="owner"/> is told <c>Accepted</c> or <c>AcceptFailed</c>.</summary>
    public async void Accept(IActorRef owner)
    {
        try
        {
            owner.Tell(new NetProtocol.Accepted(await _socket.AcceptAsync().ConfigureAwait(false)), ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            owner.Tell(new NetProtocol.AcceptFailed(e.Message), ActorRefs.NoSender);
        }
    }

    public void Dispose() => _socket.Dispose();
}
