using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Microsoft.Extensions.Logging;

namespace Mta.Net;

/// <summary>
/// Takes the connections of one listening socket, within the limits, and starts an actor for each. What cannot be served is told so with one line and
/// closed. Stops when it was drained and the last connection is gone. What is spoken its heirs know: who serves a connection, what one too many is told,
/// and where that is counted. Each connection hears <see cref="ListenerProtocol.Drain"/> and <see cref="ListenerProtocol.Hurry"/>.
/// </summary>
/// <param name="listener">Bound by the caller, so that an address in use is an error at start-up; closed by the actor.</param>
internal abstract class ListenerActor(ListenerLimits limits, Listener listener) : UntypedActor
{
    // long enough not to spin, short enough that nobody notices once file descriptors are free again
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<IActorRef, IPAddress> _connections = [];
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private ListenerLimits _limits = limits;
    private ITimer? _pause;
    private bool _accepting, _draining;

    /// <summary>The line, CRLF included, for a client beyond the limits.</summary>
    protected abstract ReadOnlySpan<byte> TooManyConnections { get; }

    /// <summary>The line, CRLF included, for one whose address has too many connections.</summary>
    protected abstract ReadOnlySpan<byte> TooManyFromYou { get; }

    protected abstract TimeProvider Clock { get; }
    protected abstract ILogger Log { get; }

    /// <summary>The share of the connections above which the listener is under stress.</summary>
    protected abstract double StressAbove { get; }

    /// <summary>Shared with the connections.</summary>
    protected Stress Stress { get; } = new();

    /// <summary>Who serves a connection; it owns it, and stops when it is over. Each keeps the settings that are in force when it begins.</summary>
    /// <param name="proxied">It must begin with a PROXY header.</param>
    protected abstract Props Serve(Connection connection, bool proxied);

    /// <summary>A client was turned away.</summary>
    protected abstract void CountRefused();

    private sealed record Resume : Akka.Event.IDeadLetterSuppression
    {
        public static readonly Resume Instance = new();
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart()
    {
        DescriptorReserve.TryFill();
        Accept();
    }

    protected override void PostStop()
    {
        _pause?.Dispose();
        listener.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NetProtocol.Accepted accepted:
                _accepting = false;
                Admit(accepted.Socket);
                Accept();
                break;
            case NetProtocol.AcceptFailed failed:
                _accepting = false;
                if (!_draining) WaitAndAccept(failed.Reason);
                StopWhenEmpty();
                break;
            case Resume when !_draining && !DescriptorReserve.TryFill():
                _pause!.Change(Pause, Timeout.InfiniteTimeSpan);
                break;
            case Resume:
                Accept();
                break;
            case Terminated terminated:
                Forget(terminated.ActorRef);
                StopWhenEmpty();
                break;
            case ListenerProtocol.Drain drain:
                _draining = true;
                listener.Dispose();
                foreach (var connection in _connections.Keys) connection.Tell(drain);
                StopWhenEmpty();
                break;
            case ListenerProtocol.Configure configure:
                _limits = configure.Limits;
                if (!_draining) listener.Listen(_limits.Backlog);
                Weigh();
                break;
            case ListenerProtocol.Describe:
                Sender.Tell(new ListenerProtocol.ListenerStatus(listener.Local, _connections.Count, IsPaused: !_accepting, Stress.IsOn));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Accept()
    {
        if (_draining || _accepting) return;
        _accepting = true;
        listener.Accept(Self);
    }

    /// <summary>Out of file descriptors or memory: clients wait in the backlog until some connection has closed.</summary>
    private void WaitAndAccept(string reason)
    {
        DescriptorReserve.Release();
        ListenerLog.CannotAccept(Log, listener.Local, Pause, reason);
        _pause ??= Clock.CreateTimer(static self => ((IActorRef)self!).Tell(Resume.Instance, ActorRefs.NoSender), Self,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _pause.Change(Pause, Timeout.InfiniteTimeSpan);
    }

    private void Admit(Socket socket)
    {
        Connection connection;
        try
        {
            connection = new(socket);
        }
        catch (SocketException) // it has gone already
        {
            socket.Dispose();
            return;
        }
        var client = connection.Remote.Address;
        bool proxied = _limits.Proxies.Any(proxy => proxy.Contains(client));
        var network = Network(client);
        int fromThere = _perAddress.GetValueOrDefault(network);
        if (_draining || _connections.Count >= _limits.MaxConnections) TurnAway(socket, connection, TooManyConnections);
        // all that a proxy lets through has its address
        else if (!proxied && fromThere >= _limits.MaxConnectionsPerAddress) TurnAway(socket, connection, TooManyFromYou);
        else
        {
            var child = Context.ActorOf(Serve(connection, proxied));
            Context.Watch(child);
            _connections.Add(child, network);
            _perAddress[network] = fromThere + 1;
            Weigh();
        }
    }

    /// <summary>What the limit per address counts: an IPv4 address, or the /64 that one IPv6 host can choose its addresses from.</summary>
    private static IPAddress Network(IPAddress client)
    {
        if (client.AddressFamily != AddressFamily.InterNetworkV6) return client;
        Span<byte> octets = stackalloc byte[16];
        client.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new(octets);
    }

    private void TurnAway(Socket socket, Connection connection, ReadOnlySpan<byte> reply)
    {
        CountRefused();
        ListenerLog.TurnedAway(Log, connection.Remote.Address, System.Text.Encoding.ASCII.GetString(reply).TrimEnd());
        try
        {
            socket.Blocking = false; // a fresh connection takes one line, or nothing
            socket.Send(reply, SocketFlags.None, out _);
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // it did not wait
        }
        connection.Dispose();
    }

    private void Forget(IActorRef connection)
    {
        if (!_connections.Remove(connection, out var network)) return;
        int left = _perAddress[network] - 1;
        if (left == 0) _perAddress.Remove(network);
        else _perAddress[network] = left;
        Weigh();
    }

    private void Weigh()
    {
        if (!Stress.Weigh(_connections.Count, _limits.MaxConnections, StressAbove)) return;
        ListenerLog.Stressed(Log, listener.Local, Stress.IsOn ? "begins" : "ends", _connections.Count);
        if (!Stress.IsOn) return;
        foreach (var connection in _connections.Keys) connection.Tell(ListenerProtocol.Hurry.Instance);
    }

    private void StopWhenEmpty()
    {
        if (_draining && !_accepting && _connections.Count == 0) Context.Stop(Self);
    }
}
